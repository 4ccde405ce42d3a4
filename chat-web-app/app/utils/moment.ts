import { strings } from '../strings';

/**
 * Formats times in local time, as a language and region write them.
 * @param locale undefined for the browser's own, which also decides between 12 and 24 hours
 */
export function createMoments(locale?: string) {
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const formats = (options: Intl.DateTimeFormatOptions) =>
    onDemand(() => new Intl.DateTimeFormat(locale, options));
  const day = formats({ day: 'numeric', month: 'numeric' });
  const dayOfYear = formats({ day: 'numeric', month: 'numeric', year: 'numeric' });
  const longDay = formats({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const relative = onDemand(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));

  /** `3:07 pm` or `15:07`. */
  const formatTime = (date: Date): string => time.format(date);

  return {
    /** The language of the texts below, for `lang` attributes. */
    language: time.resolvedOptions().locale,
    formatTime,

    /**
     * `on 24/12 at 3:07 pm`: for today without the date, for another year with the year; or `at an
     * unknown time`.
     */
    formatMoment(at: number, now: number): string {
      const date = new Date(at);
      if (!isTime(date)) return strings.message.unknownTime;
      const today = new Date(now);
      const clock = `${strings.message.at} ${formatTime(date)}`;
      if (isSameDay(date, today)) return clock;
      const format = date.getFullYear() === today.getFullYear() ? day : dayOfYear;
      return `${strings.message.on} ${format().format(date)} ${clock}`;
    },

    /** `Today`, `Yesterday`, else `Tuesday, 24 December 2024`, in the language of the browser. */
    formatDay(at: number, now: number): string {
      const date = new Date(at);
      if (!isTime(date)) return strings.chat.unknownDay;
      const today = new Date(now);
      const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
      if (isSameDay(date, today)) return capitalized(relative().format(0, 'day'), locale);
      if (isSameDay(date, yesterday)) return capitalized(relative().format(-1, 'day'), locale);
      return capitalized(longDay().format(date), locale);
    },
  };
}

/** Creating a format takes milliseconds, with which the page would start. */
function onDemand<Format>(create: () => Format): () => Format {
  let format: Format | undefined;
  return () => (format ??= create());
}

export const { language, formatTime, formatMoment, formatDay } = createMoments();

/** Whether both are on the same local day. Invalid dates are equal: they share a divider. */
export function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

/** A date that stands alone begins like a sentence. */
function capitalized(text: string, locale: string | undefined): string {
  const [first = ''] = text;
  return first.toLocaleUpperCase(locale) + text.slice(first.length);
}

/** A bigint column may exceed the range of dates, ±8.64e15 ms. */
function isTime(date: Date): boolean {
  return !Number.isNaN(date.getTime());
}
