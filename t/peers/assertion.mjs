// A client of mod_tokex with the JWT bearer grant (RFC 7523). jose signs the assertion, openid-client finds the
// endpoint by discovery and brings it.
//
//   node assertion.mjs key                                  prints a new key: {"public": JWK, "private": JWK}
//   node assertion.mjs grant ISSUER CLIENT-ID CLIENT-SECRET [name=value ...]
//
// The second reads {"key": private JWK, "claims": {...}} on standard input and prints the answer, or the error.
import { readFileSync } from 'node:fs'
import { SignJWT, exportJWK, generateKeyPair, importJWK } from 'jose'
import * as oauth from 'openid-client'

const [what, issuer, id, secret, ...extra] = process.argv.slice(2)

async function makeKey () {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    return { public: { ...await exportJWK(publicKey), kid: 'asserting' }, private: await exportJWK(privateKey) }
}

async function bring () {
    const { key, claims } = JSON.parse(readFileSync(0, 'utf8'))
    const config = await oauth.discovery(new URL(issuer), id, undefined, oauth.ClientSecretBasic(secret),
        { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] })
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'asserting' })
        .sign(await importJWK(key, 'ES256'))
    const params = new URLSearchParams({ assertion })
    for (const pair of extra) {
        const at = pair.indexOf('=')
        params.append(pair.slice(0, at), pair.slice(at + 1))
    }
    try {
        return await oauth.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:jwt-bearer', params)
    } catch (e) {
        return { error: e.error ?? String(e), error_description: e.error_description, status: e.status }
    }
}

console.log(JSON.stringify(await (what === 'key' ? makeKey() : bring())))
