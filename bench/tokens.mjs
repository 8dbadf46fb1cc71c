// Makes the load: distinct subject tokens of one issuer, each as the form body of one exchange.
//
//   node tokens.mjs ALG COUNT DIRECTORY   writes bodies.txt, subject.pem, subject.jwk there
import { createWriteStream, writeFileSync } from 'node:fs'
import { generateKeyPairSync, sign } from 'node:crypto'

const [alg, count, directory] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const pair = alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
const kid = `bench-${alg}`
const text = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)

writeFileSync(`${directory}/subject.pem`, pair.publicKey.export({ type: 'spki', format: 'pem' }))
writeFileSync(`${directory}/subject.jwk`, JSON.stringify({ ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }))

const out = createWriteStream(`${directory}/bodies.txt`)
for (let i = 0; i < count; i++) {
    const user = `user-${String(i).padStart(7, '0')}`
    const input = text({ alg, typ: 'at+jwt', kid }) + '.' + text({
        iss: 'https://idp.bench.example',
        aud: 'https://sts.bench.example',
        sub: user,
        client_id: 'web-app',
        scope: 'orders.read profile',
        iat: now,
        exp: now + 7200,
        jti: `bench-${i}`,
        email: `${user}@idp.bench.example`,
        name: `User Number ${i}`,
        groups: ['buyers', 'auditors'],
        department: 'logistics',
        country: 'NL'
    })
    const signature = sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
    out.write('grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange' +
        '&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token' +
        `&scope=orders.read&subject_token=${input}.${signature.toString('base64url')}\n`)
}
out.end()
