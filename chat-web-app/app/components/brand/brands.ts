import AblyLogo from './AblyLogo.vue';
import LambdaLogo from './LambdaLogo.vue';
import NuxtLogo from './NuxtLogo.vue';
import PostgresLogo from './PostgresLogo.vue';
import RdsLogo from './RdsLogo.vue';
import type { Component } from 'vue';

export interface Brand {
  name: string;
  url: string;
  logo: Component;
}

/** What this chat is built of, in the order in which a message meets it. Drawn by us, reminiscent of each. */
export const brands: Brand[] = [
  { name: 'Nuxt', url: 'https://nuxt.com', logo: NuxtLogo },
  { name: 'Ably', url: 'https://ably.com', logo: AblyLogo },
  { name: 'AWS Lambda', url: 'https://aws.amazon.com/lambda/', logo: LambdaLogo },
  { name: 'Amazon RDS', url: 'https://aws.amazon.com/rds/', logo: RdsLogo },
  { name: 'PostgreSQL', url: 'https://www.postgresql.org', logo: PostgresLogo },
];
