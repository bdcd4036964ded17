// Whether versions of axios are taken: PINS VERSION...
//
// Prints, in JSON, what is said of each.
import axios from "axios";

const [pins, ...versions] = process.argv.slice(2);
const { pinnedAxios } = await import(pins);

function said(version) {
  axios.VERSION = version;
  try {
    pinnedAxios();
    return null;
  } catch (error) {
    return error.message;
  }
}

console.log(JSON.stringify(versions.map(said)));
