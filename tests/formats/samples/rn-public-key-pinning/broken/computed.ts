await initializeSslPinning({
  [process.env.HOST]: { publicKeyHashes: ['n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs=', '+PiSLaWSt/Os4nd/Qo5sXA7KaBqtGKVPyHbdJDJDGHI='] },
});
