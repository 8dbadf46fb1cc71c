// A third-party issuer: oidc-provider with one user, one web client and one API. Logging in and
// consenting happen at once, everything else is the provider's own.
//
//   node provider.mjs PORT API-AUDIENCE [ALGORITHM [CERTIFICATE KEY KIDS]]
//
// Prints its issuer as JSON when it listens, ends with stdin. With a certificate it speaks TLS; KIDS is
// what the kids of its keys, which are new at each start, begin with. PROVIDER_OPTIONS has options of
// oidc-provider in place of those here, PROVIDER_GROUPS the groups that its user is in, both as JSON.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { generateKeyPairSync } from 'node:crypto'
import Provider from 'oidc-provider'

const [port, audience] = [Number(process.argv[2]), process.argv[3]]
const [cert, key, kids] = [process.argv[5], process.argv[6], process.argv[7] ?? 'provider']
const issuer = `${cert ? 'https' : 'http'}://127.0.0.1:${port}`

const groups = JSON.parse(process.env.PROVIDER_GROUPS ?? 'null') ?? undefined

const jwk = (type, options, extra) =>
    ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...extra })

const provider = new Provider(issuer, {
    jwks: {
        keys: [
            jwk('rsa', { modulusLength: 2048 }, { alg: 'RS256', kid: `${kids}-rsa` }),
            jwk('ec', { namedCurve: 'P-256' }, { alg: 'ES256', kid: `${kids}-ec` })
        ]
    },
    clients: [{
        client_id: 'web-app',
        client_secret: 'web-app-secret',
        redirect_uris: ['http://127.0.0.1:1/callback'],
        grant_types: ['authorization_code'],
        response_types: ['code']
    }],
    cookies: { keys: ['not-a-secret-of-anybody'] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@partner.example`, groups }) }),
    extraTokenClaims: () => ({ groups: ['buyers', 'auditors'], email: 'alice@partner.example' }),
    scopes: ['openid', 'orders.read', 'orders.write'],
    features: {
        devInteractions: { enabled: false },
        resourceIndicators: {
            enabled: true,
            defaultResource: () => 'urn:partner:api',
            useGrantedResource: () => true,
            getResourceServerInfo: () => ({
                scope: 'orders.read orders.write',
                audience,
                accessTokenFormat: 'jwt',
                jwt: { sign: { alg: process.argv[4] ?? 'RS256' } }
            })
        }
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    ...JSON.parse(process.env.PROVIDER_OPTIONS ?? '{}')
})

async function consent(req, res) {
    const { params, session } = await provider.interactionDetails(req, res)
    const accountId = session?.accountId ?? 'auth0|alice'
    const grant = new provider.Grant({ accountId, clientId: params.client_id })
    grant.addOIDCScope('openid orders.read orders.write')
    grant.addResourceScope('urn:partner:api', 'orders.read orders.write')
    const grantId = await grant.save()
    await provider.interactionFinished(req, res, { login: { accountId }, consent: { grantId } },
        { mergeWithLastSubmission: false })
}

const handle = provider.callback()
const answer = (req, res) => {
    if (req.url.startsWith('/interaction/'))
        consent(req, res).catch((e) => { res.statusCode = 500; res.end(String(e.stack)) })
    else
        handle(req, res)
}
const server = cert ?
    createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, answer) : createServer(answer)
server.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ issuer })))
process.stdin.on('end', () => process.exit(0)).resume()
