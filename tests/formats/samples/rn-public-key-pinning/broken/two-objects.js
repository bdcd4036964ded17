const a = { 'a.example.com': { publicKeyHashes: ['n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs=', '+PiSLaWSt/Os4nd/Qo5sXA7KaBqtGKVPyHbdJDJDGHI='] } };
const b = { 'b.example.com': { publicKeyHashes: ['n5EWH0NDPkmm3m22gNefYBWfLkrJFyYhoShGQoFYRAs=', '+PiSLaWSt/Os4nd/Qo5sXA7KaBqtGKVPyHbdJDJDGHI='] } };
