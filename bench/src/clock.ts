/** Now, on the clock that all processes of a machine share, in ms. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;
