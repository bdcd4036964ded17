import type { PinningOptions } from 'react-native-ssl-public-key-pinning';

const other = { retries: 3, backoff: (n: number) => n * 2 };
export const pinningOptions: PinningOptions = {
  "api.example.com": { publicKeyHashes: ["n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs=", "+PiSLaWSt/Os4nd/Qo5sXA7KaBqtGKVPyHbdJDJDGHI="], expirationDate: '2031-05-01' },
};
