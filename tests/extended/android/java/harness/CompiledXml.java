package harness;

import android.content.res.XmlResourceParser;
import java.io.ByteArrayInputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamReader;
import org.xmlpull.v1.XmlPullParser;
import org.xmlpull.v1.XmlPullParserException;

/**
 * An XML file as the platform's parsers get it, compiled by aapt2. Blank texts and attributes of the tools are removed,
 * comments split texts, and booleans and numbers have a type.
 *
 * <p>Source: aapt2, xml/XmlDom.cpp, format/binary/XmlFlattener.cpp, ResourceUtils.cpp; android.content.res.XmlBlock.
 */
final class CompiledXml implements InvocationHandler {
    private static final String TOOLS = "http://schemas.android.com/tools";

    private record Attribute(String namespace, String name, String value) {}

    private record Event(int type, String name, String text, List<Attribute> attributes, int depth, int line) {}

    private final List<Event> events = new ArrayList<>();
    private int at = -1;

    static XmlResourceParser parser(byte[] content) throws Exception {
        return (XmlResourceParser)
                Proxy.newProxyInstance(
                        CompiledXml.class.getClassLoader(),
                        new Class<?>[] {XmlResourceParser.class},
                        new CompiledXml(content));
    }

    private CompiledXml(byte[] content) throws Exception {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(content));
        int depth = 0;
        for (; reader.hasNext(); reader.next()) {
            int line = reader.getLocation().getLineNumber();
            switch (reader.getEventType()) {
                case XMLStreamConstants.START_ELEMENT -> events.add(start(reader, ++depth, line));
                case XMLStreamConstants.END_ELEMENT ->
                        events.add(new Event(XmlPullParser.END_TAG, reader.getLocalName(), null, List.of(), depth--, line));
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (!reader.getText().isBlank()) {
                        events.add(new Event(XmlPullParser.TEXT, null, reader.getText(), List.of(), depth, line));
                    }
                }
                default -> {}
            }
        }
    }

    private static Event start(XMLStreamReader reader, int depth, int line) {
        List<Attribute> attributes = new ArrayList<>();
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            String namespace = reader.getAttributeNamespace(i);
            if (!TOOLS.equals(namespace)) {
                attributes.add(new Attribute(namespace, reader.getAttributeLocalName(i), reader.getAttributeValue(i)));
            }
        }
        return new Event(XmlPullParser.START_TAG, reader.getLocalName(), null, attributes, depth, line);
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        Event event = at < 0 || at >= events.size() ? null : events.get(at);
        return switch (method.getName()) {
            case "next" -> {
                at = Math.min(at + 1, events.size());
                yield type();
            }
            case "getEventType" -> type();
            case "getName" -> event == null ? null : event.name;
            case "getText" -> event == null ? null : event.text;
            case "getDepth" -> event == null ? 0 : event.depth;
            case "getLineNumber" -> event == null ? -1 : event.line;
            case "getPositionDescription" -> "line " + (event == null ? -1 : event.line);
            case "getAttributeCount" -> event.attributes.size();
            case "getAttributeName" -> event.attributes.get((int) arguments[0]).name;
            case "getAttributeValue" -> value(find(event, arguments));
            case "getAttributeBooleanValue" -> bool(find(event, arguments), (boolean) arguments[arguments.length - 1]);
            case "getAttributeResourceValue" -> resource(find(event, arguments), (int) arguments[arguments.length - 1]);
            case "nextText" -> nextText();
            case "require" -> {
                if (type() != (int) arguments[0] || !arguments[2].equals(event.name)) {
                    throw new XmlPullParserException("expected " + arguments[2]);
                }
                yield null;
            }
            case "close" -> null;
            default -> throw new UnsupportedOperationException(method.toString());
        };
    }

    private int type() {
        if (at < 0) {
            return XmlPullParser.START_DOCUMENT;
        }
        return at >= events.size() ? XmlPullParser.END_DOCUMENT : events.get(at).type;
    }

    private String nextText() throws XmlPullParserException {
        at++;
        if (type() == XmlPullParser.TEXT) {
            String text = events.get(at++).text;
            if (type() != XmlPullParser.END_TAG) {
                throw new XmlPullParserException("event TEXT it must be immediately followed by END_TAG");
            }
            return text;
        }
        if (type() == XmlPullParser.END_TAG) {
            return "";
        }
        throw new XmlPullParserException("parser must be on START_TAG or TEXT to read text");
    }

    private static Attribute find(Event event, Object[] arguments) {
        if (arguments[0] instanceof Integer index) {
            return event.attributes.get(index);
        }
        for (Attribute each : event.attributes) {
            if (each.name.equals(arguments[1]) && (each.namespace == null || each.namespace.isEmpty())) {
                return each;
            }
        }
        return null;
    }

    private static String value(Attribute attribute) {
        if (attribute == null) {
            return null;
        }
        String word = attribute.value.trim();
        return isBoolean(word) ? word.toLowerCase() : attribute.value;
    }

    private static boolean isBoolean(String word) {
        return List.of("true", "True", "TRUE", "false", "False", "FALSE").contains(word);
    }

    private static boolean bool(Attribute attribute, boolean otherwise) {
        if (attribute == null) {
            return otherwise;
        }
        String word = attribute.value.trim();
        if (isBoolean(word)) {
            return word.equalsIgnoreCase("true");
        }
        return word.matches("[+-]?[0-9]+|0[xX][0-9a-fA-F]+") ? !word.matches("[+-]?0+|0[xX]0+") : otherwise;
    }

    private static int resource(Attribute attribute, int otherwise) {
        return attribute != null && attribute.value.trim().startsWith("@") ? 1 : otherwise;
    }
}
