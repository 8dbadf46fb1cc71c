// A user's browser and the web client in one: runs the authorization code flow at the issuer and
// prints the tokens that come of it as JSON.
//
//   node user.mjs ISSUER
import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'
import * as oauth from 'openid-client'

const issuer = process.argv[2]
const get = issuer.startsWith('https:') ? getTls : getPlain
const redirect_uri = 'http://127.0.0.1:1/callback'
const config = await oauth.discovery(new URL(issuer), 'web-app', undefined,
    oauth.ClientSecretBasic('web-app-secret'), { execute: [oauth.allowInsecureRequests] })

const verifier = oauth.randomPKCECodeVerifier()
let location = oauth.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid orders.read orders.write',
    resource: 'urn:partner:api',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256'
})

const cookies = new Map()
for (let hop = 0; !location.href.startsWith(redirect_uri); hop++) {
    if (hop > 10)
        throw new Error(`the login does not end: ${location}`)
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
    const answer = await new Promise((resolve, reject) =>
        get(location, { headers }, (res) => resolve(res.resume())).on('error', reject))
    for (const line of answer.headers['set-cookie'] ?? []) {
        const [name, value] = line.split(';')[0].split('=')
        cookies.set(name, value)
    }
    if (!answer.headers.location)
        throw new Error(`${answer.statusCode} at ${location}`)
    location = new URL(answer.headers.location, location)
}

const tokens = await oauth.authorizationCodeGrant(config, location, { pkceCodeVerifier: verifier })
console.log(JSON.stringify({ access_token: tokens.access_token, id_token: tokens.id_token, jwks_uri: config.serverMetadata().jwks_uri }))
