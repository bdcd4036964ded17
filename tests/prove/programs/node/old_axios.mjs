// Finds out which versions of axios the generated code accepts: PINS VERSION...
//
// Prints, in JSON, the error for every version, or null.
import axios from "axios";

const [pins, ...versions] = process.argv.slice(2);
const { pinnedAxios } = await import(pins);

function refusal(version) {
  axios.VERSION = version;
  try {
    pinnedAxios();
    return null;
  } catch (error) {
    return error.message;
  }
}

console.log(JSON.stringify(versions.map(refusal)));
