package importer

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kconsole/kafka/config"
)

func TestParseProperties(t *testing.T) {
	for in, want := range map[string][]property{
		"":                               nil,
		"# c\n! c\n\n   \t\n":            nil,
		"a=b":                            {{1, "a", "b"}},
		"a : b\r\nc\td":                  {{1, "a", "b"}, {2, "c", "d"}},
		"  a  =  b  ":                    {{1, "a", "b  "}}, // white space at the end counts
		"a":                              {{1, "a", ""}},
		"a==b":                           {{1, "a", "=b"}},
		`a\=b\ c=d`:                      {{1, "a=b c", "d"}},
		"a=1,\\\n   2,\\\r\n\t3\nb=4":    {{1, "a", "1,2,3"}, {4, "b", "4"}},
		"a=1\\\\\nb=2":                   {{1, "a", `1\`}, {2, "b", "2"}},
		"a=1\\":                          {{1, "a", "1"}},
		"# c\\\na=1":                     {{2, "a", "1"}}, // comments are not continued
		`a=\u00e9\uD83D\uDE00\t\n\q\"\z`: {{1, "a", "é😀\t\nq\"z"}},
		"a=\xe9":                         {{1, "a", "é"}}, // ISO 8859-1
		`a=\` + "\xe9":                   {{1, "a", "é"}},
		"a=1\ra=2":                       {{1, "a", "1"}, {2, "a", "2"}},
	} {
		got, err := parseProperties([]byte(in))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(property{})); err != nil || diff != "" {
			t.Errorf("%q: %v %s", in, err, diff)
		}
	}
	for in, want := range map[string]string{
		"b=1\na=\\u12": `line 2: a: has a \u that four hexadecimal digits do not follow`,
		"a=\\u12g4":    `line 1: a: has a \u that four hexadecimal digits do not follow`,
		"a\\uZ=1":      `line 1: has a \u that four hexadecimal digits do not follow`,
		"a=\\u+123":    `line 1: a: has a \u that four hexadecimal digits do not follow`,
	} {
		if _, err := parseProperties([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", in, err, want)
		}
	}
}

func TestParseJAAS(t *testing.T) {
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
	opts := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for in, want := range map[string]map[string]string{
		scram + ` required username="u" password="p";`:                    opts("username", "u", "password", "p"),
		scram + " REQUIRED\n username='a b'\n  password = p1-x ; // end":  opts("username", "a b", "password", "p1-x"),
		"/* c */ " + scram + ` optional password="\"\\\n\101\07x\377\0";`: opts("password", "\"\\\nA\ax\u00ff\x00"),
		scram + ` required;`:                       {},
		scram + ` required a="x=;y//z/*";`:         opts("a", "x=;y//z/*"),
		scram + " required keyTab=/etc/k.keytab ;": opts("keyTab", "/etc/k.keytab"),
	} {
		got, err := parseJAAS(in)
		if diff := cmp.Diff(want, got.options); err != nil || diff != "" || got.module != "ScramLoginModule" {
			t.Errorf("%s: %v %s", in, err, diff)
		}
	}
	for in, want := range map[string]error{
		"":                               errJAASForm,
		scram:                            errJAASForm,
		scram + " required":              errJAASForm,
		scram + " required a=b":          errJAASForm,
		scram + " required a b;":         errJAASForm,
		scram + " required a=;":          errJAASForm,
		scram + " perhaps a=b;":          errJAASForm,
		"= required a=b;":                errJAASForm,
		scram + " required; X required;": errJAASMany,
	} {
		if _, err := parseJAAS(in); err != want { //nolint:errorlint // exactly this one
			t.Errorf("%s: %v", in, err)
		}
	}
	for _, in := range []string{scram + ` required a="x;`, scram + " required a=\"x\ny\";", "/* c"} {
		if _, err := parseJAAS(in); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}

// What we write for Java's tools says the same when it is read back.
func TestClientPropertiesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cl := config.Cluster{
			Name: "client", Brokers: []string{"127.0.0.1:9092", "[::1]:9093"}, TLS: &config.TLS{},
			SASL: &config.SASL{
				Mechanism: rapid.SampledFrom([]string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}).Draw(t, "mechanism"),
				Username:  anyText().Draw(t, "user"), Password: config.NewSecret(anyText().Draw(t, "password")),
			},
		}
		text, err := config.ClientProperties(context.Background(), cl)
		if err != nil {
			t.Fatal(err)
		}
		res, err := parse("/x/client.properties", []byte(text), Options{Dir: "/x"})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		got := res.Clusters["client"]
		if diff := cmp.Diff(cl, got, cmp.AllowUnexported(config.Cluster{})); diff != "" || len(res.Ignored) > 0 {
			t.Fatalf("%s\n%s%v", text, diff, res.Ignored)
		}
	})
}

// anyText is what people and generators use as passwords, and worse.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[ -~]{1,20}`),
		rapid.StringMatching("[\\\\\"'=:;#! \t\n\r\f\u00e9😀]{1,12}"),
		rapid.Map(rapid.StringN(1, 12, -1), func(s string) string { return strings.ToValidUTF8(s, "?") }),
	)
}

func TestKcatConfRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[!-~]([ -~é]{0,10}[!-~])?`)
		cl := config.Cluster{
			Name: "kcat", Brokers: []string{"127.0.0.1:9092"}, TLS: &config.TLS{},
			SASL: &config.SASL{Mechanism: "SCRAM-SHA-512", Username: word.Draw(t, "user"), Password: config.NewSecret(word.Draw(t, "password"))},
		}
		text, err := config.KcatConf(context.Background(), cl)
		if err != nil {
			t.Fatal(err)
		}
		res, err := parse("/x/kcat.conf", []byte(text), Options{Dir: "/x"})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(cl, res.Clusters["kcat"], cmp.AllowUnexported(config.Cluster{})); diff != "" || res.Format != Librdkafka {
			t.Fatalf("%s\n%s", text, diff)
		}
	})
}

// javaReader prints the properties as Kafka's client sees them: Properties.load
// over bytes, and the JAAS line through a StreamTokenizer that is set up as
// Kafka's JaasConfig sets it up.
const javaReader = `
import java.io.*; import java.util.*; import java.nio.charset.StandardCharsets;
public class Reader {
  static void out(String s) { System.out.println(Base64.getEncoder().encodeToString(s.getBytes(StandardCharsets.UTF_8))); }
  public static void main(String[] files) throws Exception {
    for (String file : files) {
      Properties p = new Properties();
      try (InputStream in = new FileInputStream(file)) { p.load(in); }
      out(p.getProperty("ssl.truststore.location"));
      StreamTokenizer t = new StreamTokenizer(new StringReader(p.getProperty("sasl.jaas.config")));
      t.slashSlashComments(true); t.slashStarComments(true); t.wordChars('-', '-'); t.wordChars('_', '_'); t.wordChars('$', '$');
      Map<String, String> options = new HashMap<>();
      for (int i = 0; i < 2; i++) t.nextToken();
      while (t.nextToken() != StreamTokenizer.TT_EOF && t.ttype != ';') {
        String key = t.sval;
        if (t.nextToken() != '=') throw new Exception("no = after " + key);
        t.nextToken(); options.put(key, t.sval);
      }
      out(options.get("username")); out(options.get("password"));
    }
  }
}
`

// The JDK itself is the judge of what we write for it.
func TestJavaReadsClientProperties(t *testing.T) {
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("needs a JDK 11 or newer on the PATH: java")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "Reader.java")
	if err := os.WriteFile(source, []byte(javaReader), 0o600); err != nil {
		t.Fatal(err)
	}
	texts := []string{"plain", `a"b\c`, `\\"`, "tab\tnl\nend", " lead and trail ", "#!=:;", "pässwörd 😀", "${x} $$", "'single'", "\\u0041", "\\", "\"", "//x /*y*/"}
	args := []string{"-XX:TieredStopAtLevel=1", source}
	var want []string
	for i, text := range texts {
		ca := filepath.Join(dir, "ca "+strings.Map(func(r rune) rune {
			if r < ' ' || strings.ContainsRune(`/\"`, r) {
				return '_'
			}
			return r
		}, text))
		out, err := config.ClientProperties(t.Context(), config.Cluster{
			Brokers: []string{"h:1"}, TLS: &config.TLS{CA: ca},
			SASL: &config.SASL{Mechanism: "PLAIN", Username: text + "!", Password: config.NewSecret(text)},
		})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, string(rune('a'+i))+".properties")
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
		want = append(want, ca, text+"!", text)
	}
	out, err := exec.Command(java, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if diff := cmp.Diff(want, decodeLines(t, string(out))); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseProperties(f *testing.F) {
	f.Add([]byte("a=b\\\n c\\u00e9"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		props, err := parseProperties(raw)
		if err == nil && len(props) > len(raw) {
			t.Fatal("more settings than bytes")
		}
	})
}

func FuzzParseJAAS(f *testing.F) {
	f.Add(`a.B required c="d\"" e=f;`)
	f.Fuzz(func(_ *testing.T, text string) { _, _ = parseJAAS(text) })
}

func FuzzImport(f *testing.F) {
	f.Add("client.properties", []byte("bootstrap.servers=h:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=a.PlainLoginModule required username=\"u\" password=\"p\";\nssl.truststore.certificates=x\n"))
	f.Add("kcat.conf", []byte("bootstrap.servers=h:1\nsecurity.protocol=sasl_ssl\nsasl.username=u\nsasl.password=p\nsasl.mechanism=PLAIN\nssl.ca.pem=x\n"))
	f.Add("rpk.yaml", []byte("current_profile: a\nprofiles:\n  - name: a\n    kafka_api: {brokers: [\"h:1\"], tls: {}, sasl: {user: u, password: p}}\n"))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		if len(raw) > 4096 {
			return
		}
		dir := t.TempDir()
		res, err := parse(filepath.Join(dir, "x"+filepath.Ext(name)), raw, Options{Dir: dir})
		if err == nil && len(res.Clusters) == 0 {
			t.Fatal("neither a cluster nor an error")
		}
	})
}
