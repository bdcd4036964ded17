// Sends a request with a generated handler: VARIANT URL CAFILE PROXY [HEADER]; HEADER is the value of the header Host

#nullable enable

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;

internal static class Client
{
    internal static void Report(string host, IReadOnlyList<string> presented, bool enforced)
    {
        var why = presented.Count > 0 ? "" : " without pins";
        Console.Error.WriteLine($"reported: {host}, {(enforced ? "refused" : "let pass")}{why}");
    }

    private static async Task<int> Main(string[] arguments)
    {
        var (variant, url, cafile, proxy) = (arguments[0], arguments[1], arguments[2], arguments[3]);
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPemFile(cafile);
        var handler = new SocketsHttpHandler
        {
            UseProxy = proxy.Length > 0,
            Proxy = proxy.Length > 0 ? new WebProxy(proxy) : null,
        };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        using var client = new HttpClient(Variants.Pin[variant](handler)) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Host = arguments.Length > 4 ? arguments[4] : null;
            using var answer = await client.SendAsync(request);
            await answer.Content.ReadAsByteArrayAsync();
            if ((int)answer.StatusCode < 400)
            {
                return 0;
            }

            Console.Error.WriteLine(answer.StatusCode);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            Console.Error.WriteLine(error.InnerException?.Message ?? error.Message);
        }

        return 1;
    }
}
