// Prints the header that the middleware hpkp sends for its options, which are the argument as JSON.
'use strict';
const hpkp = require('hpkp');

hpkp(JSON.parse(process.argv[2]))({}, { setHeader: (name, value) => console.log(`${name}: ${value}`) }, () => {});
