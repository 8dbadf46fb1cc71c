// A registered client of mod_tokex: openid-client finds the endpoint by discovery and exchanges the
// subject token that comes on standard input. Prints the answer, or the error, as JSON.
//
//   node client.mjs ISSUER CLIENT-ID CLIENT-SECRET basic|post SUBJECT-TOKEN-TYPE [name=value ...] < token
import { readFileSync } from 'node:fs'
import * as oauth from 'openid-client'

const [issuer, id, secret, method, type, ...extra] = process.argv.slice(2)
const auth = { basic: oauth.ClientSecretBasic, post: oauth.ClientSecretPost }[method]
const config = await oauth.discovery(new URL(issuer), id, undefined, auth(secret),
    { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] })

const params = new URLSearchParams({
    subject_token: readFileSync(0, 'utf8').trim(),
    subject_token_type: `urn:ietf:params:oauth:token-type:${type}`
})
for (const pair of extra) {
    const at = pair.indexOf('=')
    params.append(pair.slice(0, at), pair.slice(at + 1))
}

try {
    const answer = await oauth.genericGrantRequest(config,
        'urn:ietf:params:oauth:grant-type:token-exchange', params)
    console.log(JSON.stringify(answer))
} catch (e) {
    console.log(JSON.stringify({ error: e.error ?? String(e), error_description: e.error_description, status: e.status }))
}
