import { appliance } from './appliance.ts';

export default appliance({ version: '1.0.0', greeting: 'Hello' });
