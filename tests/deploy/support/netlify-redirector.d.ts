/** The redirect matcher of Netlify's servers and local tools, in WebAssembly. It has no types. */
declare module 'netlify-redirector' {
  interface Rule {
    readonly to: string;
    readonly status: number;
  }
  interface RequestToMatch {
    readonly scheme: string;
    readonly host: string;
    readonly path: string;
    readonly query: string;
    readonly headers: Record<string, string>;
    readonly getHeader: (name: string) => string;
    readonly getCookie: (name: string) => string;
  }
  interface Matcher {
    match(request: RequestToMatch): Rule | null;
  }
  const redirector: { parseJSON(rules: string, options: Record<string, string>): Promise<Matcher> };
  export default redirector;
}
