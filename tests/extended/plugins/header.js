// The header that the middleware hpkp sends for the options that are given as JSON.
'use strict';
const hpkp = require('hpkp');

hpkp(JSON.parse(process.argv[2]))({}, { setHeader: (name, value) => console.log(`${name}: ${value}`) }, () => {});
