/**
 * Does to a page what Chrome's translation does, now and to everything added later: replaces each
 * text node by two nested `<font>` elements with the translated text. Runs in a real browser too, so
 * it must not refer to anything outside itself.
 */
export function translatePage(): () => void {
  const wrap = (node: Text): void => {
    if (node.parentElement?.closest('font, textarea, input, script, style, svg') || !node.data.trim()) return;
    const outer = document.createElement('font');
    const inner = document.createElement('font');
    inner.textContent = node.data;
    outer.append(inner);
    node.replaceWith(outer);
  };
  const wrapAll = (root: Node): void => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (walker.nextNode()) found.push(walker.currentNode as Text);
    found.forEach(wrap);
  };
  wrapAll(document.body);
  const observer = new MutationObserver((records) => {
    for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (node.nodeType === Node.TEXT_NODE) wrap(node as Text);
      else if (node.nodeName !== 'FONT') wrapAll(node);
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  return () => observer.disconnect();
}
