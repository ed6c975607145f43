/** Where Prisma finds schema and migrations. `generate` needs no database; o10 applies migrations itself. */
import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
