/**
 * Reads the properties of foreign objects without running any of their code: no getter, and no trap of a Proxy. Callers
 * check with `types.isProxy` that the object itself is not a Proxy.
 */
import { types } from 'node:util';

const MAX_PROTOTYPES = 16;

/** `hidden` is a getter, or what only a Proxy could tell. */
type Property =
  | { readonly kind: 'data'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'hidden' };

/** An object and its prototypes, up to the first that is a Proxy: any question to a Proxy would run foreign code. */
export interface PropertyChain {
  readonly links: readonly object[];
  /** Whether the links reach to the last prototype. */
  readonly isWhole: boolean;
}

export function chainOf(value: object): PropertyChain {
  const links: object[] = [];
  let link: object | null = value;
  while (link !== null && !types.isProxy(link) && links.length < MAX_PROTOTYPES) {
    links.push(link);
    link = Object.getPrototypeOf(link) as object | null;
  }
  return { links, isWhole: link === null };
}

export function propertyOf({ links, isWhole }: PropertyChain, key: string): Property {
  for (const link of links) {
    const property = Object.getOwnPropertyDescriptor(link, key);
    if (property === undefined) continue;
    return 'value' in property ? { kind: 'data', value: property.value as unknown } : { kind: 'hidden' };
  }
  return { kind: isWhole ? 'absent' : 'hidden' };
}

export function ownPropertyOf(owner: object, key: string): Property {
  return propertyOf({ links: [owner], isWhole: true }, key);
}

export function hasText(chain: PropertyChain, key: string): boolean {
  const property = propertyOf(chain, key);
  return property.kind === 'data' && typeof property.value === 'string';
}
