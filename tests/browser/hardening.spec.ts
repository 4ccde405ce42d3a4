import { describe, expect } from 'vitest';
import { expectCount, expectShown } from '../support/expect-soon.ts';
import { test } from '../support/journey.ts';

const NOT_USED = [
  ...['default', 'script-src-attr', 'style-src-attr', 'font', 'media', 'object', 'frame', 'child'],
  'manifest',
].map((name) => (name.includes('-') ? name : `${name}-src`));

describe('the built page under its security policy', () => {
  test('forbids all that it does not use', async ({ stack }) => {
    const { headers } = await fetch(stack.site);
    const policy = headers.get('content-security-policy') ?? '';
    const directives = new Map(
      policy.split(';').map((directive) => {
        const [name = '', ...values] = directive.trim().split(' ');
        return [name, values.join(' ')];
      }),
    );
    for (const name of [...NOT_USED, 'base-uri', 'form-action', 'frame-ancestors'])
      expect(directives.get(name), name).toBe("'none'");
    expect(directives.get('script-src')).toMatch(/^'self'( 'sha256-[\w+/]{43}='){2}$/);
    expect(directives.get('style-src')).toMatch(/^'self' 'sha256-[\w+/]{43}='$/);
    expect(directives.get('trusted-types')).toBe('vue service-worker');
    expect(directives.get('worker-src')).toBe("'self'");
    expect(headers.get('permissions-policy')).not.toMatch(/=(?!\(\))/);
  });

  test('works whole: no step of a chat violates it', async ({ join }) => {
    const ada = await join('Ada');
    const ben = await join('Ben');
    await ada.send('Hello https://example.org');
    await expectCount(ben.message('Hello'), 1);
    await ada.edit('Hello', 'Hello again');
    await expectCount(ben.message('Hello again'), 1);
    await ada.delete('Hello again');
    await expectCount(ben.message('Hello again'), 0);
    await ada.page.getByRole('switch').click();
    await expectShown(ada.page.getByRole('img', { name: /Architecture/ }));
    expect([...ada.complaints, ...ben.complaints]).toEqual([]);
  });

  test.for([
    ['markup', `document.body.innerHTML = '<b>x</b>'`],
    ['a document', `new DOMParser().parseFromString('<b>x</b>', 'text/html')`],
    ['a script', `document.createElement('script').text = 'alert(1)'`],
    ['the address of a script', `document.createElement('script').src = '/x.js'`],
    ['a policy of its own', `trustedTypes.createPolicy('evil', {})`],
  ] as const)('turns no text into %s', async ([, code], { open }) => {
    const { page } = await open();
    await expect(page.evaluate(code)).rejects.toThrow(/requires 'Trusted|disallowed/);
  });
});
