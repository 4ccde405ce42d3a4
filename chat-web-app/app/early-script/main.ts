import { requestEarly } from '../api/early-history';
import { createTabStorage } from '../api/tab-storage';
import { applyStoredTheme } from './theme';

/**
 * The script in the page's head: what cannot wait for the page's modules. Built by
 * modules/early-script.ts, which puts in the address.
 */
declare const NEWEST_MESSAGES: string;

applyStoredTheme();
window.earlyHistory = requestEarly(NEWEST_MESSAGES, createTabStorage());
