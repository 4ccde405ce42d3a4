import { mount } from '@vue/test-utils';
import type { DOMWrapper, VueWrapper } from '@vue/test-utils';
import { nextTick } from 'vue';
import type { Component } from 'vue';
import { afterEach, vi } from 'vitest';
import { startChat } from '~/store/start';
import { createChatStore } from '~/store';
import { storeKey } from '~/store/key';
import { fakeApi } from './fake-api';

const mounted: VueWrapper[] = [];
afterEach(() => {
  for (const wrapper of mounted.splice(0)) wrapper.unmount();
});

/** Mounts into the document, so that focus is real, and unmounts after the test. */
export function show(
  component: Component,
  props: Record<string, unknown> = {},
  store?: ReturnType<typeof createChatStore>,
) {
  const provide = store ? { [storeKey as symbol]: store } : {};
  const wrapper = mount(component, { props, attachTo: document.body, global: { provide } });
  mounted.push(wrapper);
  return wrapper;
}

/** Resolves once the components that are loaded on demand are shown. */
export async function loaded(): Promise<void> {
  await vi.dynamicImportSettled();
  await nextTick();
}

/** Mounts a component on a started store. */
export async function showStarted(component: Component, api = fakeApi()) {
  const store = createChatStore(api, true);
  await startChat(store, api);
  api.listener?.onStatus('live');
  const wrapper = show(component, {}, store);
  await loaded();
  return { api, store, wrapper };
}

/** Finds an element by accessible name, as a person or a screen reader does. */
export function named(
  wrapper: Pick<DOMWrapper<Element>, 'findAll' | 'html'>,
  selector: string,
  name: string,
): DOMWrapper<Element> {
  const found = wrapper
    .findAll(selector)
    .filter((element) => (element.attributes('aria-label') ?? element.text()) === name);
  const [first] = found;
  if (!first) throw new Error(`No ${selector} is named "${name}" in:\n${wrapper.html()}`);
  return first;
}
