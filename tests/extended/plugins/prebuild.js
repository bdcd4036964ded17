// Does for each project folder in its arguments what `expo prebuild` does with a configuration: reads app.json, runs
// its plugins, and changes the platform files.
'use strict';
const { getConfig } = require('@expo/config');
const { compileModsAsync, withInfoPlist } = require('@expo/config-plugins');

async function prebuild(projectRoot) {
  const { exp } = getConfig(projectRoot, { skipSDKVersionRequirement: true, isModdedConfig: true });
  // Expo's own plugins always change Info.plist, and that change also copies ios.infoPlist into it.
  const config = withInfoPlist(exp, (unchanged) => unchanged);
  await compileModsAsync(config, { projectRoot, platforms: ['android', 'ios'] });
}

(async () => {
  for (const root of process.argv.slice(2)) await prebuild(root);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
