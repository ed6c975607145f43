/** `o10 catalog`: what can be bought, where, at what price, and where it has proved itself. */
import type { Command } from 'commander';
import { CatalogList, CatalogProfile, SpreadList } from '#contracts/api/catalog-api.js';
import { askControl } from '../configure/ask-control.js';
import { clientOf } from '../configure/configure-commands.js';
import type { Place } from '../place.js';
import { describeItems, describeProfile, spreadLine } from './describe-profile.js';

interface ShowOptions {
  json?: boolean;
}

export function addCatalogCommands(program: Command, place: Place): void {
  const catalog = program.command('catalog').description('models, venues, prices, evidence');
  const show = async (path: string, { json }: ShowOptions, describe: (answer: unknown) => string[]) => {
    const answer = await askControl(clientOf(place), { method: 'GET', path });
    process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${describe(answer).join('\n')}\n`);
  };
  catalog
    .command('show')
    .description('everything that is known of one model at one venue')
    .argument('<id>', 'venue/model, for example bfl/flux-2-flex')
    .option('--json', 'one JSON object')
    .action((id: string, options: ShowOptions) =>
      show(`/api/catalog/profile?id=${encodeURIComponent(id)}`, options, (answer) =>
        describeProfile(CatalogProfile.decode(answer as never)),
      ),
    );
  catalog
    .command('list')
    .option('--json', 'one JSON object')
    .action((options: ShowOptions) =>
      show('/api/catalog', options, (answer) => describeItems(CatalogList.decode(answer as never).items)),
    );
  catalog
    .command('spread')
    .description('dearest to cheapest compliant route, per use case')
    .option('--json', 'one JSON object')
    .action((options: ShowOptions) =>
      show('/api/catalog/spreads', options, (answer) => SpreadList.decode(answer as never).items.map(spreadLine)),
    );
}
