// Compiles one program with Roslyn's library: ROSLYN FRAMEWORK SOURCE OUTPUT
// Mono's compiler cannot read today's libraries, so this program calls everything by name; the compiled one does not.

using System;
using System.IO;
using System.Linq;
using System.Reflection;

internal static class Bootstrap
{
    private static string roslyn;

    private static int Main(string[] arguments)
    {
        roslyn = arguments[0];
        AppDomain.CurrentDomain.AssemblyResolve += (sender, wanted) => Load(new AssemblyName(wanted.Name).Name);
        Assembly common = Load("Microsoft.CodeAnalysis"), csharp = Load("Microsoft.CodeAnalysis.CSharp");
        Type tree = common.GetType("Microsoft.CodeAnalysis.SyntaxTree");
        Type reference = common.GetType("Microsoft.CodeAnalysis.MetadataReference");
        var parsed = Call(
            csharp.GetType("Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree"), "ParseText", null, File.ReadAllText(arguments[2]));
        var compilation = Call(
            csharp.GetType("Microsoft.CodeAnalysis.CSharp.CSharpCompilation"),
            "Create",
            null,
            Path.GetFileNameWithoutExtension(arguments[3]),
            ArrayOf(tree, parsed),
            ArrayOf(reference, new[] { arguments[0], arguments[1] }
                .SelectMany(folder => Directory.GetFiles(folder, "*.dll"))
                .GroupBy(Path.GetFileName)
                .Select(files => Call(reference, "CreateFromFile", null, files.First()))
                .ToArray()));
        object result;
        using (var output = File.Create(arguments[3]))
        {
            result = Call(compilation.GetType().BaseType, "Emit", compilation, output);
        }

        foreach (var each in (System.Collections.IEnumerable)result.GetType().GetProperty("Diagnostics").GetValue(result))
        {
            Console.WriteLine(each);
        }

        return (bool)result.GetType().GetProperty("Success").GetValue(result) ? 0 : 1;
    }

    private static Assembly Load(string name)
    {
        var file = Path.Combine(roslyn, name + ".dll");
        return File.Exists(file) ? Assembly.LoadFrom(file) : null;
    }

    private static Array ArrayOf(Type type, params object[] elements)
    {
        var array = Array.CreateInstance(type, elements.Length);
        elements.CopyTo(array, 0);
        return array;
    }

    // Calls the longest overload whose first parameters take these arguments, with defaults for the others.
    private static object Call(Type type, string name, object target, params object[] given)
    {
        var method = type.GetMethods()
            .Where(each => each.Name == name && each.GetParameters().Length >= given.Length)
            .Where(each => given.Select((value, at) => each.GetParameters()[at].ParameterType.IsInstanceOfType(value)).All(fits => fits))
            .OrderBy(each => each.GetParameters().Length)
            .Last();
        var rest = method.GetParameters().Skip(given.Length).Select(each => each.HasDefaultValue ? each.DefaultValue : null);
        return method.Invoke(target, given.Concat(rest).ToArray());
    }
}
