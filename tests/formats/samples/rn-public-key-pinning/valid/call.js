// initializeSslPinning({ 'old.example.com': { publicKeyHashes: ['gone'] } })
import { initializeSslPinning } from 'react-native-ssl-public-key-pinning';

const text = "initializeSslPinning({ not: code })";

export async function start() {
  await initializeSslPinning({
    // the service
    'api.example.com': {
      includeSubdomains: true, /* all of them */
      publicKeyHashes: [
        'n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs=',
        "+PiSLaWSt/Os4nd/Qo5sXA7KaBqtGKVPyHbdJDJDGHI=",
      ],
    },
  });
  return { started: true, at: Date.now() };
}
