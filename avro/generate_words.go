package avro

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// hint is what a field's name promises about its values.
type hint struct {
	about  about
	prefix string // of identifiers
}

type about uint8

const (
	aboutNothing about = iota
	aboutID
	aboutFirstName
	aboutLastName
	aboutFullName
	aboutEmail
	aboutPhone
	aboutStreet
	aboutCity
	aboutZip
	aboutCountry
	aboutCurrency
	aboutLanguage
	aboutURL
	aboutIP
	aboutStatus
	aboutProduct
	aboutSentence
	aboutColour
	aboutCode
	aboutTime
	aboutQuantity
	aboutAge
	aboutYear
	aboutPercent
	aboutPort
)

// hintWords maps parts of field names to what they promise; the first that is
// found wins.
var hintWords = []struct {
	word  string
	about about
}{
	{"email", aboutEmail},
	{"mail", aboutEmail},
	{"phone", aboutPhone},
	{"mobile", aboutPhone},
	{"firstname", aboutFirstName},
	{"givenname", aboutFirstName},
	{"lastname", aboutLastName},
	{"surname", aboutLastName},
	{"familyname", aboutLastName},
	{"username", aboutFirstName},
	{"country", aboutCountry},
	{"currency", aboutCurrency},
	{"language", aboutLanguage},
	{"locale", aboutLanguage},
	{"street", aboutStreet},
	{"address", aboutStreet},
	{"city", aboutCity},
	{"town", aboutCity},
	{"zip", aboutZip},
	{"postal", aboutZip},
	{"postcode", aboutZip},
	{"url", aboutURL},
	{"uri", aboutURL},
	{"link", aboutURL},
	{"ipaddr", aboutIP},
	{"host", aboutIP},
	{"status", aboutStatus},
	{"state", aboutStatus},
	{"product", aboutProduct},
	{"item", aboutProduct},
	{"description", aboutSentence},
	{"comment", aboutSentence},
	{"message", aboutSentence},
	{"note", aboutSentence},
	{"text", aboutSentence},
	{"title", aboutProduct},
	{"colour", aboutColour},
	{"color", aboutColour},
	{"sku", aboutCode},
	{"code", aboutCode},
	{"coupon", aboutCode},
	{"createdat", aboutTime},
	{"updatedat", aboutTime},
	{"timestamp", aboutTime},
	{"time", aboutTime},
	{"date", aboutTime},
	{"placed", aboutTime},
	{"quantity", aboutQuantity},
	{"qty", aboutQuantity},
	{"count", aboutQuantity},
	{"age", aboutAge},
	{"year", aboutYear},
	{"percent", aboutPercent},
	{"port", aboutPort},
	{"name", aboutFullName},
	{"ip", aboutIP},
	{"id", aboutID},
	{"key", aboutID},
	{"number", aboutID},
}

// hintFor reads a field's name: customer_id, customerId and CustomerID alike.
func hintFor(name string) hint {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))
	for _, w := range hintWords {
		i := strings.Index(plain, w.word)
		if i < 0 || len(w.word) <= 3 && !strings.HasSuffix(plain, w.word) && !strings.HasPrefix(plain, w.word) {
			continue
		}
		h := hint{about: w.about}
		if w.about == aboutID && i > 0 {
			h.prefix = plain[:1] + "-"
		}
		return h
	}
	return hint{}
}

var (
	firstNames = []string{"Ada", "Ben", "Chiara", "David", "Elif", "Farid", "Grace", "Hanna", "Igor", "Jana", "Kofi", "Lea", "Mateo", "Nora", "Omar", "Paula", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Viktor", "Wanda", "Yuki", "Zoë"}
	lastNames  = []string{"Abe", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Haas", "Ivanova", "Jansen", "Kowalski", "Lopez", "Meyer", "Novak", "Okafor", "Petrov", "Rossi", "Schmidt", "Tanaka", "Ueda", "Vega", "Weber", "Young", "Zhang"}
	cities     = []string{"Berlin", "Lisbon", "Lyon", "Oslo", "Kraków", "Porto", "Ghent", "Turin", "Leipzig", "Malmö", "Graz", "Seville", "Tampere", "Utrecht"}
	streets    = []string{"Main Street", "Station Road", "Mill Lane", "Church Street", "Garden Row", "High Street", "River Walk"}
	countries  = []string{"DE", "FR", "PT", "PL", "IT", "ES", "NL", "SE", "AT", "BE", "NO", "FI"}
	currencies = []string{"EUR", "USD", "GBP", "PLN", "SEK", "NOK", "CHF"}
	languages  = []string{"de", "fr", "pt", "pl", "it", "es", "nl", "sv", "en"}
	states     = []string{"new", "paid", "packed", "sent", "delivered", "returned", "cancelled"}
	products   = []string{"garden chair", "desk lamp", "water bottle", "note book", "rain jacket", "coffee mug", "wool scarf", "bicycle bell", "tea pot", "wall clock"}
	colours    = []string{"red", "green", "blue", "black", "white", "grey", "amber", "teal"}
	words      = []string{"please", "leave", "the", "parcel", "with", "our", "neighbour", "call", "before", "delivery", "thank", "you", "gift", "wrapped", "second", "floor", "back", "door", "before", "noon"}
	mapKeys    = []string{"alpha", "beta", "gamma", "delta", "source", "region", "channel", "team", "tier"}
)

func (g *Generator) digits(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, byte('0'+g.rand.IntN(10)))
	}
	return dst
}

// text appends a value for a string field.
func (g *Generator) text(dst []byte, h hint) []byte {
	switch h.about {
	case aboutID:
		return strconv.AppendInt(append(dst, h.prefix...), int64(1000+g.rand.IntN(9000)), 10)
	case aboutFirstName:
		return append(dst, g.pick(firstNames)...)
	case aboutLastName:
		return append(dst, g.pick(lastNames)...)
	case aboutFullName:
		dst = append(append(dst, g.pick(firstNames)...), ' ')
		return append(dst, g.pick(lastNames)...)
	case aboutEmail:
		for _, c := range []byte(g.pick(firstNames)) {
			if c < utf8.RuneSelf {
				dst = append(dst, c|0x20) // letters: in lower case
			}
		}
		return append(strconv.AppendInt(append(dst, '.'), int64(g.rand.IntN(1000)), 10), "@example.com"...)
	case aboutPhone:
		return g.digits(append(dst, "+49 30 "...), 7)
	case aboutStreet:
		dst = append(append(dst, g.pick(streets)...), ' ')
		return strconv.AppendInt(dst, int64(1+g.rand.IntN(200)), 10)
	case aboutCity:
		return append(dst, g.pick(cities)...)
	case aboutZip:
		return g.digits(dst, 5)
	case aboutCountry:
		return append(dst, g.pick(countries)...)
	case aboutCurrency:
		return append(dst, g.pick(currencies)...)
	case aboutLanguage:
		return append(dst, g.pick(languages)...)
	case aboutURL:
		dst = append(dst, "https://example.com/"...)
		for _, c := range []byte(g.pick(products)) {
			if c == ' ' {
				c = '-'
			}
			dst = append(dst, c)
		}
		return dst
	case aboutIP: // a range kept for documentation, RFC 5737
		return strconv.AppendInt(append(dst, "192.0.2."...), int64(1+g.rand.IntN(254)), 10)
	case aboutStatus:
		return append(dst, g.pick(states)...)
	case aboutProduct:
		return append(dst, g.pick(products)...)
	case aboutColour:
		return append(dst, g.pick(colours)...)
	case aboutCode:
		for _, c := range []byte(g.pick(colours)[:3]) {
			dst = append(dst, c&^0x20) // letters: in upper case
		}
		return g.digits(append(dst, '-'), 4)
	case aboutTime:
		start := len(dst)
		dst = appendTimestamp(dst, g.recently()/1e6, 1e3, false)
		return append(dst[:start], bytes.Trim(dst[start:], `"`)...)
	case aboutSentence:
		for i := range 2 + g.rand.IntN(6) {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, g.pick(words)...)
		}
		return dst
	}
	return g.digits(append(append(dst, g.pick(words)...), '-'), 3)
}

// whole is a value for an int or long field.
func (g *Generator) whole(h hint, limit int64) int64 {
	switch h.about {
	case aboutID:
		return 1000 + g.rand.Int64N(999_000)
	case aboutTime:
		if limit > math.MaxInt32 {
			return g.recently() / 1e6
		}
		return g.recently() / 1e9
	case aboutQuantity:
		return 1 + int64(g.rand.ExpFloat64()*2)
	case aboutAge:
		return 18 + g.rand.Int64N(70)
	case aboutYear:
		return 1990 + g.rand.Int64N(40)
	case aboutPercent:
		return g.rand.Int64N(101)
	case aboutPort:
		return 1024 + g.rand.Int64N(30000)
	}
	return g.rand.Int64N(10_000)
}

func appendLong(dst []byte, n int64) []byte { return binary.AppendVarint(dst, n) }

// appendAvroText appends a string in Avro's binary encoding.
func appendAvroText(dst []byte, s string) []byte {
	return append(binary.AppendVarint(dst, int64(len(s))), s...)
}

func appendFloat32(dst []byte, f float32) []byte {
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f))
}

func appendFloat64(dst []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}
