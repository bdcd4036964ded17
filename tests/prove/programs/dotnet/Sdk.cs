// Does the work of an SDK with Roslyn's library:
// compile OUTPUT FRAMEWORK FILE... | format FILE... | version | run PROGRAM ARGUMENT...

#nullable enable

using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Text;

internal static class Sdk
{
    private static int Main(string[] arguments)
    {
        AppDomain.CurrentDomain.AssemblyResolve += (sender, wanted) =>
        {
            var folder = Environment.GetEnvironmentVariable("PINSMITH_ROSLYN") ?? ".";
            var file = Path.Combine(folder, new AssemblyName(wanted.Name).Name + ".dll");
            return File.Exists(file) ? Assembly.LoadFrom(file) : null;
        };
        return arguments[0] switch
        {
            "compile" => Compile(arguments[1], arguments[2], arguments[3..]),
            "format" => Format(arguments[1..]),
            "version" => Version(),
            _ => Run(arguments[1], arguments[2..]),
        };
    }

    private static int Compile(string output, string framework, string[] files)
    {
        var parsing = CSharpParseOptions.Default
            .WithLanguageVersion(LanguageVersion.CSharp10)
            .WithDocumentationMode(DocumentationMode.Diagnose);
        var compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(output),
            files.Select(file => CSharpSyntaxTree.ParseText(Read(file), parsing, file)),
            Directory.GetFiles(framework, "*.dll").Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication, warningLevel: 9999, generalDiagnosticOption: ReportDiagnostic.Error));
        var result = compilation.Emit(output);
        foreach (var each in result.Diagnostics.Where(each => each.Severity != DiagnosticSeverity.Hidden))
        {
            Console.Error.WriteLine(each);
        }

        return result.Success ? 0 : 1;
    }

    private static int Format(string[] files)
    {
        using var workspace = new AdhocWorkspace();
        var changed = false;
        foreach (var file in files)
        {
            var root = CSharpSyntaxTree.ParseText(Read(file)).GetRoot();
            var lines = root.GetText().ToString().Split('\n');
            var formatted = Formatter.Format(root, workspace).GetText().ToString().Split('\n');
            foreach (var (line, other) in lines.Zip(formatted).Where(pair => pair.First != pair.Second))
            {
                Console.Error.WriteLine($"{file}: '{line}' would be '{other}'");
                changed = true;
            }

            changed |= lines.Length != formatted.Length;
        }

        return changed ? 1 : 0;
    }

    private static int Version()
    {
        var version = typeof(CSharpCompilation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        Console.WriteLine(version?.InformationalVersion);
        return 0;
    }

    private static int Run(string program, string[] arguments) =>
        (int)Assembly.LoadFrom(program).EntryPoint!.Invoke(null, new object[] { arguments })!;

    private static SourceText Read(string file) => SourceText.From(File.ReadAllText(file));
}
