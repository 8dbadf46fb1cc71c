// oidc-provider with a token exchange grant, doing what bench/run asks of mod_tokex: verify the
// subject token, sign an access token of ours, copy five claims.
//
//   node peer-oidc-provider.mjs PORT SUBJECT-JWK-FILE SIGNING-ALG
import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [port, subjectFile, alg] = [Number(process.argv[2]), process.argv[3], process.argv[4]]
const require = createRequire(new URL('../t/peers/', import.meta.url))
const load = (name) => import(pathToFileURL(require.resolve(name)).href)
const { default: Provider } = await load('oidc-provider')
const { importJWK, jwtVerify } = await load('jose')

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const pair = alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
const subjectKey = await importJWK(JSON.parse(readFileSync(subjectFile)))
const target = {
    scope: 'orders.read',
    audience: 'https://api.bench.example',
    accessTokenFormat: 'jwt',
    accessTokenTTL: 300,
    jwt: { sign: { alg } }
}
const copied = ['email', 'name', 'groups', 'department', 'country']

const provider = new Provider(`http://127.0.0.1:${port}`, {
    jwks: { keys: [{ ...pair.privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: 'ours' }] },
    clients: [{
        client_id: 'bench',
        client_secret: 'bench-secret-of-the-load-test-only-0000000',
        grant_types: [grant],
        id_token_signed_response_alg: alg,
        response_types: [],
        redirect_uris: []
    }],
    cookies: { keys: ['not-a-secret-of-anybody'] },
    extraTokenClaims: (ctx, token) => token.extra,
    features: {
        devInteractions: { enabled: false },
        resourceIndicators: { enabled: true, getResourceServerInfo: () => target }
    }
})

provider.registerGrantType(grant, async (ctx, next) => {
    const { payload } = await jwtVerify(ctx.oidc.params.subject_token, subjectKey, {
        issuer: 'https://idp.bench.example',
        audience: 'https://sts.bench.example'
    })
    const token = new provider.AccessToken({ accountId: payload.sub, client: ctx.oidc.client, gty: 'token-exchange' })
    token.resourceServer = new provider.ResourceServer(target.audience, target)
    token.scope = 'orders.read'
    token.extra = Object.fromEntries(copied.map((name) => [name, payload[name]]))
    ctx.body = {
        access_token: await token.save(),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: token.expiration,
        scope: token.scope
    }
    await next()
}, ['subject_token', 'subject_token_type', 'scope'])

createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log('listening'))
process.stdin.on('end', () => process.exit(0)).resume()
