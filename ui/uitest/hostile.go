package uitest

import (
	"fmt"
	"strings"
)

// Hostile are texts that do something to a terminal, to tview or to a reader
// that takes them as they are: what anybody who may write to a cluster can put
// into names, keys, values, headers, client ids and errors. They are all
// different. Their sources: ECMA-48 (controls, CSI, OSC, DCS), xterm's control
// sequences, UAX #9 (bidi), UTS #39 (invisible characters), tview's tags.
func Hostile() []string {
	seen := map[string]bool{}
	var out []string
	for _, part := range [][]string{sequences(), controls(), invisible(), broken(), tags(), wide(), floods(), foreign()} {
		for _, s := range part {
			if !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

// sequences are escape sequences, in 7 bits and with the C1 introducers.
func sequences() []string {
	bodies := []string{
		"31m", "0m", "7m", "8m", "38;5;1m", "38;2;1;2;3m", "4:3m", "58;5;9m", // colours and attributes
		"2J", "3J", "J", "K", "2K", "H", "1;1H", "999;999H", "A", "99B", "C", "D", "E", "F", "G", "d", "s", "u", // erase and move
		"L", "M", "@", "P", "X", "S", "9T", "5b", "g", "3g", "I", "Z", "1;5r", // edit, scroll, repeat, tabs
		"?25l", "?25h", "?1049h", "?1049l", "?47h", "?1047l", "?7l", "?7h", "?6h", "?5h", "?1h", "?66h", "?12h", // private modes
		"?1000h", "?1002h", "?1003h", "?1006h", "?1004h", "?2004h", "?2004l", "?2026h", "?2027h", "?9001h", "?3h", "?69h",
		"4h", "4l", "20h", "2h", "12l", "!p", "61\"p", "0\"q", "0 q", "5 q", // modes, resets, cursor
		"c", ">c", "=c", "5n", "6n", "?6n", "?15n", "x", ">q", "18t", "21t", "14t", "11t", "?u", "?996n", // reports: the terminal types
		"8;5;5t", "2t", "1t", "3;0;0t", "9;1t", "22;0t", "23;0t", "22;2t", ">4;2m", ">1u", "<u", "=1u", ">2t", "0i", "5i", "?1i", // windows, keys, printing
		"1;1;5;5$z", "1;1;5;5;65$x", "1;1;9;9;1;2;2;1$v", "5'}", "1'z", "?2$p", "*x", ";;;;;;;;;;m", "9999999999999999999C", "\x18m", "\x1bm", "1\x072m",
	}
	var out []string
	for _, b := range bodies {
		out = append(out, "\x1b["+b)
	}
	for _, b := range []string{"31m", "2J", "1;1H", "?1049h", "6n", "21t"} {
		out = append(out, "\x9b"+b, "\u009b"+b) // C1 as a byte, and in UTF-8
	}
	strs := []string{
		"]0;title", "]1;icon", "]2;title", "]4;1;rgb:ff/00/00", "]4;1;?", "]7;file://evil/", "]8;;https://evil.example", "]9;notification", "]9;4;1;50",
		"]10;?", "]11;#ff0000", "]12;red", "]50;?", "]52;c;ZXZpbA==", "]52;c;?", "]52;p;!", "]104", "]110", "]112", "]133;A", "]633;E;rm", "]777;notify;a;b",
		"]1337;File=inline=1:AAAA", "]1337;SetMark", "]1337;CopyToClipboard=", "]L", "]lname", "]P1ff0000", "]R",
		"P+q544e", "P$qm", "P1;2|17/0", "Pq#0;2;0;0;0~-", "P=1s", "Ptmux;\x1b\x1b]52;c;ZXZpbA==\x07", "P@kitty-cmd{}",
		"_Ga=T,f=24;AAAA", "_tmux", "^privacy", "Xstart", "kscreen-title", "%G", "%@", "(0", "(B", ")0", "*0", "+0", "-A", ".A", "/A",
		"c", "7", "8", "=", ">", "D", "E", "H", "M", "N", "O", "Z", "\\", "#8", "#3", "#6", " F", " G", "l", "m", "n", "o", "|", "}", "~", "6", "9", "V", "W",
	}
	for _, s := range strs {
		out = append(out, "\x1b"+s+"\x1b\\")
	}
	for _, s := range []string{"]0;title", "]52;c;ZXZpbA==", "]8;;https://evil.example"} {
		out = append(out, "\x1b"+s+"\x07", "\x1b"+s, "\x1b"+s+"\x9c", "\x1b"+s+"\u009c", "\u009d"+s[1:]+"\u009c", "\x9d"+s[1:]+"\x9c")
	}
	return append(out, "\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b\x1b\x1b", "\x1b[31;", "\u0090q\u009c", "\u0098x\u009c", "\u009ex\u009c", "\u009fx\u009c")
}

// controls are all of C0, DEL and C1, between letters.
func controls() []string {
	var out []string
	for r := range rune(0x20) {
		out = append(out, "a"+string(r)+"b")
	}
	for r := rune(0x7f); r <= 0x9f; r++ {
		out = append(out, "a"+string(r)+"b", "a"+string([]byte{byte(r)})+"b")
	}
	return append(out, "over\rwritten", "back\b\b\b\bspace", "\x0e\x0fshift", "\r\n\r\n", strings.Repeat("\a", 100), "\v\f", "a\x00\x00b")
}

// invisible are characters that turn text around, hide, or show nothing.
func invisible() []string {
	var out []string
	for _, r := range []rune{
		0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f, // bidi and deprecated controls
		0xad, 0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x2061, 0x2064, 0x2800, 0x3164, 0xfeff, 0xffa0,
		0x2028, 0x2029, 0xfe00, 0xfe0e, 0xfe0f, 0xe0100, 0xe0001, 0xe0041, 0xe007f, 0xfff9, 0xfffa, 0xfffb, 0xfffc, 0xfffd, 0xffff, 0x1d173, 0x1d159, 0x1bca0,
		0xe000, 0xe0b0, 0xf8ff, 0xf0000, 0x10fffd, 0x10ffff, 0x378, 0xa0, 0x2003, 0x3000, 0x202f, 0x205f,
	} {
		out = append(out, "le"+string(r)+"ft")
	}
	return append(out, "\u202egnp.exe", "\u2067\u2066x\u2069\u2069", strings.Repeat("\u202e", 200), strings.Repeat("\u200b", 300), "pay\u200bments", "user\u2066 // admin\u2069")
}

// broken is what is no UTF-8.
func broken() []string {
	return []string{
		"\xff", "\xfe\xff", "\xff\xfe", "\xc0\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf4\x90\x80\x80", "\x80", "\xbf\xbf\xbf", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "a\xc3(b", "\xe2\x28\xa1", "\xc1\x9b31m", "\xe0\x82\x9b31m",
		string(make([]byte, 64)), strings.Repeat("\xff", 500), "ok\xc3\x1b[31m", "\xe2\x1b]0;x\x07",
	}
}

// tags are what tview's text widgets read as styles, regions and links.
func tags() []string {
	return []string{
		"[red]x[-]", "[red:blue:b]x", "[:::https://evil.example]x[:::-]", `["region"]x[""]`, "[a[]", "[::b]", "[-:-:-:-]", "[#ff0000]x", "[red[]", "[[red]", "[]", "[", "]",
		"[yellow::blink]x", "[[[[red]]]]", "[::8]", "[\u2060red]", "[red", "red]", `[""]`, "[:red]", "[::-]x[red]", "%s%n%d%!", "${HOME}", "$(id)", "`id`", "'; rm -rf /", "\\x1b[31m", "\\u001b]0;x", "&lt;&#27;", "a|b\\c/d",
	}
}

// wide are characters that terminals and libraries measure differently.
func wide() []string {
	return []string{
		"東京都", "👩\u200d👩\u200d👧", "🇩🇪", "🇩", "🏴\U000e0067\U000e0062\U000e007f", "☺\ufe0f", "☺", "1\ufe0f\u20e3", "👍🏽", "ﷺ", "𒐫", "꧅", "⸻", "ｆｕｌｌ", "ﾊﾝｶｸ", "한글", "각", "ก็็", "ไทย", "नमस्ते", "שלום", "مرحبا", "\u05d0\u0041\u05d1",
		"a\U0001f600b\U0001f600", strings.Repeat("👨\u200d", 60) + "👦", strings.Repeat("東", 200), "│─┼█▁", "…", "‹U+202E›", "␛[31m", "\u0600\u0601", "\U000110bd", "\u2ff0木木", "〰️",
	}
}

// floods are long, or pile up.
func floods() []string {
	return []string{
		strings.Repeat("x", 10_000), strings.Repeat("x ", 5_000), strings.Repeat("\u0300", 500), "e" + strings.Repeat("\u0301", 300), "z" + strings.Repeat("\u0334\u0358\u0489", 100),
		strings.Repeat("\x1b[31m", 500), strings.Repeat("\x1b]0;t\x07", 300), strings.Repeat("[red]", 500), strings.Repeat("\n", 400), strings.Repeat("\t", 400), strings.Repeat("\u0085", 300),
		strings.Repeat("e\u0301\u0302\u0303\u0304\u0305", 300), "\u0301", "\u0489start", " \u0301", strings.Repeat(" ", 2_000), strings.Repeat("{\"a\":[", 300), strings.Repeat("\u0e47", 200),
	}
}

// foreign are dangerous where text is used for something else than showing.
func foreign() []string {
	var out []string
	for _, s := range []string{"\x1b]0;%s\x07", "[red]%s[-]", "\u202e%s", "%s\r\x1b[2K", "%s\x00", "-%s", "--%s", "~/%s", "../../%s", ".%s", "/%s", ":%s", "!%s", "%s\n:q\n", "\x03%s", "\x04%s", "\x1a%s"} {
		out = append(out, fmt.Sprintf(s, "orders"))
	}
	return out
}
