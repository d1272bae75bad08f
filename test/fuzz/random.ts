export { type Random, randomFrom } from '../../src/model/random.ts';
