<?php

// Sends a request with generated code, and follows redirects: VARIANT URL CAFILE PROXY

[, $variant, $url, $cafile, $proxy] = $argv;
require __DIR__ . "/$variant.php";
$class = "$variant\\PinnedCurl";

$options = [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_FAILONERROR => true,
    CURLOPT_TIMEOUT => 5,
    CURLOPT_CAINFO => $cafile,
    CURLOPT_PROXY => $proxy,
];
$client = new $class($options, function (string $host, bool $enforced): void {
    fwrite(STDERR, "reported: $host, " . ($enforced ? 'refused' : 'let pass') . "\n");
});
for ($hops = 0; $hops < 5 && $url; $hops++) {
    if ($client->exec($url) === false) {
        fwrite(STDERR, curl_error($client->handle) . "\n");
        exit(1);
    }
    $url = curl_getinfo($client->handle, CURLINFO_REDIRECT_URL);
}
