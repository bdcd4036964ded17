// What `expo prebuild` does with a configuration, for the folders of projects that are given: reads app.json, lets its
// plugins say what they change, and changes the files of the platforms.
'use strict';
const { getConfig } = require('@expo/config');
const { compileModsAsync, withInfoPlist } = require('@expo/config-plugins');

async function prebuild(projectRoot) {
  const { exp } = getConfig(projectRoot, { skipSDKVersionRequirement: true, isModdedConfig: true });
  // Expo's own plugins always change Info.plist, which is when ios.infoPlist gets into it.
  const config = withInfoPlist(exp, (each) => each);
  await compileModsAsync(config, { projectRoot, platforms: ['android', 'ios'] });
}

(async () => {
  for (const root of process.argv.slice(2)) await prebuild(root);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
