/** Batch extraction: order mails into JSON. Valid under the schema and equal in every field. */
import { type DemoCase, pick } from './demo-case.js';

const products = [
  'cable drum',
  'hinge set',
  'filter cartridge',
  'pump seal',
  'drill bit',
  'lamp socket',
  'conveyor belt',
];
const cities = ['Oslo', 'Porto', 'Riga', 'Sofia', 'Tampere', 'Utrecht', 'Valencia', 'Wroclaw'];

export const extractionPrompt =
  'Extract the order as JSON with the fields order, product, quantity and city. Answer with JSON only.';

export const extractionSchema = {
  type: 'object',
  required: ['order', 'product', 'quantity', 'city'],
  additionalProperties: false,
  properties: {
    order: { type: 'string' },
    product: { type: 'string' },
    quantity: { type: 'integer', minimum: 1 },
    city: { type: 'string' },
  },
};

export function extractionCases(count: number): DemoCase[] {
  return Array.from({ length: count }, (_, index) => {
    const order = {
      order: `PO-${70_000 + index}`,
      product: pick(products, index),
      quantity: 1 + ((index * 13) % 240),
      city: pick(cities, Math.floor(index / 2)),
    };
    const mail = `Hello, please send ${order.quantity} of the ${order.product} to our site in ${order.city}. Reference ${order.order}. Thanks!`;
    return {
      input: mail,
      right: JSON.stringify(order),
      wrong: [
        JSON.stringify({ ...order, quantity: order.quantity + 1 }),
        JSON.stringify({ ...order, city: pick(cities, index + 3) === order.city ? 'Turin' : pick(cities, index + 3) }),
        `Order ${order.order}: ${order.quantity} x ${order.product}`,
      ],
      expected: order,
    };
  });
}
