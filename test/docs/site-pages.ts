// @ts-expect-error -- plain JavaScript: the site is a package of its own
import * as site from '../../docs/.vitepress/pages.mjs';

interface Entry {
  readonly text: string;
  readonly file: string;
}

/** The pages of the site, from its own list. */
export const { PAGES, SECTIONS, LANDING, addressOf } = site as {
  readonly PAGES: readonly string[];
  readonly SECTIONS: readonly { readonly text: string; readonly pages: readonly Entry[] }[];
  readonly LANDING: string;
  addressOf(file: string): string;
};
