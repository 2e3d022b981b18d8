package console

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func rulesOf(text string) *IPRules { return NewIPRules(ReadIPLines(text)) }

// The two samples of LogScale's documentation, and that of its operator.
const (
	logscaleDenyFirst = "deny all\nallow 192.168.0.1/24\ndeny 192.168.0.80"
	logscaleDenyLast  = "allow 10.0.0.0/24\nallow 192.168.0.0/16\nallow fe80::/10\ndeny all"
	operatorSample    = "deny 192.168.1.24\nallow all"
)

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name, text, addr string
		want             bool
		line             int
	}{
		{"an empty filter", "", "10.0.0.1", true, 0},
		{"only comments", "# nothing\n\n  # here", "10.0.0.1", true, 0},
		{"allowed by an address", "allow 10.0.0.1", "10.0.0.1", true, 1},
		{"not allowed", "allow 10.0.0.1", "10.0.0.2", false, 0},
		{"denied", "deny 10.0.0.1", "10.0.0.1", false, 1},
		{"not denied", "deny 10.0.0.1", "10.0.0.2", true, 0},
		{"deny wins behind allow", "allow 10.0.0.0/8\ndeny 10.0.0.0/24", "10.0.0.9", false, 2},
		{"deny wins before allow", "deny 10.0.0.0/24\nallow 10.0.0.0/8", "10.0.0.9", false, 1},
		{"deny wins over what is narrower", "deny 10.0.0.0/8\nallow 10.0.0.1", "10.0.0.1", false, 1},
		{"a whole family denied", "deny 0.0.0.0/0\nallow 10.0.0.1", "10.0.0.1", false, 1},
		{"the first address of a range", "allow 10.0.0.0/30", "10.0.0.0", true, 1},
		{"the last address of a range", "allow 10.0.0.0/30", "10.0.0.3", true, 1},
		{"the address behind a range", "allow 10.0.0.0/30", "10.0.0.4", false, 0},
		{"host bits", "allow 192.168.0.1/24", "192.168.0.77", true, 1},
		{"allow all", "allow all", "2001:db8::1", true, 1},
		{"allow all but one", operatorSample, "192.168.1.24", false, 1},
		{"allow all others", operatorSample, "192.168.1.25", true, 2},
		{"deny all", "deny all", "10.0.0.1", false, 1},
		{"deny all against allow all", "allow all\ndeny all", "10.0.0.1", false, 2},
		{"any case, any space", " \tALLOW\t  10.0.0.1  # office", "10.0.0.1", true, 1},
		{"IPv6", "allow 2001:DB8::/32", "2001:db8:0:1::", true, 1},
		{"IPv6 does not allow IPv4", "allow ::/0", "10.0.0.1", false, 0},
		{"IPv4 does not allow IPv6", "allow 0.0.0.0/0", "::1", false, 0},
		{"a mapped client", "allow 10.0.0.0/8", "::ffff:10.0.0.1", true, 1},
		{"a mapped rule", "allow ::ffff:10.0.0.1", "10.0.0.1", true, 1},
		{"a mapped range", "allow ::ffff:10.0.0.0/104", "10.200.0.1", true, 1},
		{"a client with a zone", "allow fe80::/10", "fe80::1%eth0", true, 1},
		{"a rule with a zone", "allow fe80::1%eth0", "fe80::1", true, 1},
		{"6to4 is not unmapped", "allow 10.0.0.0/8", "2002:a00:1::1", false, 0},
		{"NAT64 is not unmapped", "allow 10.0.0.0/8", "64:ff9b::a00:1", false, 0},
		{"line ends of Windows", "allow 10.0.0.1\r\nallow 10.0.0.2\r\n", "10.0.0.2", true, 2},
		{"LogScale, allowed", logscaleDenyFirst, "192.168.0.7", true, 2},
		{"LogScale, denied", logscaleDenyFirst, "192.168.0.80", false, 3},
		{"LogScale, all others", logscaleDenyFirst, "192.168.1.1", false, 1},
		{"LogScale, IPv6", logscaleDenyFirst, "::1", false, 1},
		{"LogScale with deny at the end, the first", logscaleDenyLast, "10.0.0.255", true, 1},
		{"LogScale with deny at the end, the second", logscaleDenyLast, "192.168.77.1", true, 2},
		{"LogScale with deny at the end, the third", logscaleDenyLast, "fe80::1", true, 3},
		{"LogScale with deny at the end, others", logscaleDenyLast, "10.0.1.0", false, 4},
	} {
		v := rulesOf(test.text).Judge(netip.MustParseAddr(test.addr))
		if v.Allowed != test.want || v.Line != test.line || v.Address != PlainAddr(netip.MustParseAddr(test.addr)) || v.Why() == "" {
			t.Errorf("%s: %+v, want %v by line %d", test.name, v, test.want, test.line)
		}
		if test.line > 0 && !strings.Contains(v.Why(), fmt.Sprintf("Line %d decides: ", test.line)) {
			t.Errorf("%s: it says %q", test.name, v.Why())
		}
	}
}

func TestAnUnknownAddressNeverPasses(t *testing.T) {
	for _, text := range []string{"", "allow all", "allow 0.0.0.0/0\nallow ::/0", "deny 10.0.0.1", "deny all"} {
		v := rulesOf(text).Judge(netip.Addr{})
		if v.Allowed || v.Line != 0 || !strings.Contains(v.Why(), "not known") {
			t.Errorf("%q: %+v, %q", text, v, v.Why())
		}
	}
}

func TestIPFilterTextIsChecked(t *testing.T) {
	for _, test := range []struct{ text, problem string }{
		{"", ""},
		{"allow all", ""},
		{"allow 10.0.0.0/40", "Line 1: “10.0.0.0/40” isn’t an address or range. Use a form such as 10.0.0.0/8."},
		{"allow 10.0.0.1\nallow 2001:db8::/129", "Line 2: “2001:db8::/129” isn’t an address or range. Use a form such as 2001:db8::/32."},
		{"allow 010.0.0.1", "Line 1: “010.0.0.1” isn’t"},
		{"allow 10.1", "Line 1: “10.1” isn’t"},
		{"allow 0x0a000001", "isn’t an address"},
		{"allow 167772161", "isn’t an address"},
		{"allow 10.0.0.1:80", "isn’t an address"},
		{"allow [2001:db8::1]", "isn’t an address"},
		{"allow 10.0.0.1.", "isn’t an address"},
		{"allow 10.0.0.0/08", "isn’t an address"},
		{"allow 10.0.0.0/255.0.0.0", "isn’t an address"},
		{"allow 10.0.0.0/", "isn’t an address"},
		{"allow 10.0.0.1-10.0.0.9", "isn’t an address"},
		{"allow 10.0.0.*", "isn’t an address"},
		{"allow example.com", "isn’t an address"},
		{"allow ::ffff:10.0.0.0/90", "Use a form such as 10.0.0.0/8."},
		{"allow fe80::1%eth0/64", "isn’t an address"},
		{"permit 10.0.0.1", "Line 1: “permit” is neither allow nor deny."},
		{"10.0.0.1", "Line 1: Say before “10.0.0.1” whether to allow or deny it."},
		{"allow", "Line 1: Say behind it which address or range to allow, or all."},
		{"deny # 10.0.0.1", "to deny, or all."},
		{"allow 10.0.0.1 10.0.0.2", "Line 1: Write one address or range a line."},
		{"allow 10.0.0.1; deny 10.0.0.2", "Write one address or range a line."},
		{"x\ny\nallow all\nz", "3 lines need another look. Line 1: “x” is"},
		{"allow 10.0.0.1\u202e", "characters that can’t be shown"},
		{"allow 10.0.0.1\x00", "characters that can’t be shown"},
		{"allow 10.0.0.1 # \xff", "characters that can’t be shown"},
		{strings.Repeat("#\n", IPFilterLineLimit), ""},
		{strings.Repeat("#\n", IPFilterLineLimit) + "#", "There are more than 1,000 lines."},
		{"#" + strings.Repeat("x", IPFilterTextLimit-1), ""},
		{"#" + strings.Repeat("x", IPFilterTextLimit), "The rules are longer than 16 KiB."},
	} {
		err := NewIPFilter{Name: "x", Text: test.text}.Clean().Validate()
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(Sentence(err), test.problem) {
			t.Errorf("%.60q: %v, want %q", test.text, err, test.problem)
		}
	}
	for name, sound := range map[string]bool{
		"": false, " ": false, "office": true, strings.Repeat("ü", IPFilterNameLimit): true, strings.Repeat("ü", IPFilterNameLimit+1): false,
		"a\u202eb": false, "a\nb": false, "\u200d": false, "Büro & Rechenzentrum": true,
	} {
		if err := (NewIPFilter{Name: name}).Clean().Validate(); (err == nil) != sound {
			t.Errorf("the name %.20q: %v", name, err)
		}
	}
	if n := (NewIPFilter{Name: " office ", Text: " allow  all \n"}).Clean(); n.Name != "office" || n.Text != " allow  all \n" {
		t.Errorf("cleaned, it is %+v", n)
	}
}

func TestShadowedLines(t *testing.T) {
	for _, test := range []struct {
		text string
		want map[int]string
	}{
		{"allow 10.0.0.0/8\nallow 10.1.0.0/16", map[int]string{2: "Line 1 already allows this."}},
		{"allow 10.1.0.0/16\nallow 10.0.0.0/8", map[int]string{1: "Line 2 already allows this."}},
		{"allow 10.0.0.1\nallow 10.0.0.1/32\nallow ::ffff:10.0.0.1", map[int]string{2: "Line 1 already allows this.", 3: "Line 1 already allows this."}},
		{"allow 10.0.0.7/8\nallow 10.0.0.0/8", map[int]string{2: "Line 1 already allows this."}},
		{"deny 10.0.0.0/8\ndeny 10.0.0.1", map[int]string{2: "Line 1 already denies this."}},
		{"allow 10.0.0.1\ndeny 10.0.0.0/8", map[int]string{1: "Line 2 denies all of this, and deny wins."}},
		{"allow 10.0.0.0/8\ndeny 10.0.0.1", nil},
		{"allow all\nallow 10.0.0.1\ndeny 10.0.0.2", map[int]string{2: "Line 1 already allows this."}},
		{"allow all\nallow 10.0.0.1\ndeny all", map[int]string{1: "Line 3 denies all, and deny wins: only addresses and ranges that are allowed pass."}},
		{"deny all\ndeny all", map[int]string{2: "Line 1 already denies all."}},
		{"allow 10.0.0.1\ndeny 192.168.0.1", map[int]string{2: "No line allows any of this, so that it is refused anyway."}},
		{"deny 192.168.0.1", nil},
		{logscaleDenyFirst, nil},
		{logscaleDenyLast, nil},
		{operatorSample, nil},
		{"allow 10.0.0.0/99\nallow 10.0.0.1", nil},
		{"allow all\nallow 10.0.0.0/8\ndeny 10.0.0.0/8\nallow 10.1.0.0/16", map[int]string{
			2: "Line 3 denies all of this, and deny wins.", 4: "Line 3 denies all of this, and deny wins.",
		}},
		{"allow 10.0.0.0/8\ndeny 10.0.0.0/8\nallow 10.0.0.0/8", map[int]string{
			1: "Line 2 denies all of this, and deny wins.", 3: "Line 2 denies all of this, and deny wins.",
		}},
		{"allow 10.0.0.0/8\ndeny 10.0.0.0/10\ndeny 10.64.0.0/10\nallow 10.0.0.0/9", map[int]string{4: deniedTogether}},
		{"allow 10.0.0.0/8\nallow 10.1.0.0/16\ndeny 10.1.2.0/24", map[int]string{2: "Line 1 already allows what is not denied of this."}},
		{"allow all\nallow all\ndeny 0.0.0.0/0\ndeny ::/0", map[int]string{1: deniedTogether, 2: deniedTogether}},
	} {
		for _, line := range MarkShadows(ReadIPLines(test.text)) {
			if line.Shadow != test.want[line.Number] {
				t.Errorf("%q, line %d: %q, want %q", test.text, line.Number, line.Shadow, test.want[line.Number])
			}
		}
	}
}

func TestNothingPasses(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "deny all": true, "allow all\ndeny all": true, "deny 0.0.0.0/0": false, "deny 0.0.0.0/0\ndeny ::/0": true,
		"allow 10.0.0.0/31\ndeny 10.0.0.0\ndeny 10.0.0.1": true, "allow 10.0.0.0/30\ndeny 10.0.0.0\ndeny 10.0.0.1": false,
		"deny 0.0.0.0/1\ndeny 128.0.0.0/1\ndeny ::/1\ndeny 8000::/1": true, "allow 10.0.0.1\ndeny 10.0.0.1\nallow ::1": false,
		logscaleDenyFirst: false, "allow 10.0.0.1\ndeny 10.0.0.0/24": true, "allow ::1\ndeny ::/127": true,
	} {
		if got := rulesOf(text).NothingPasses(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// naive says the same as Judge, in the words of the specification.
func naive(text string, addr netip.Addr) bool {
	allowed, denied, lists, denyAll, allowAll := false, false, false, false, false
	for rule := range strings.SplitSeq(text, "\n") {
		verb, what, _ := strings.Cut(rule, " ")
		if what == "all" {
			denyAll, allowAll = denyAll || verb == "deny", allowAll || verb == "allow"
			lists = lists || verb == "allow"
			continue
		}
		inside := netip.MustParsePrefix(what).Contains(addr)
		if verb == "allow" {
			allowed, lists = allowed || inside, true
		} else {
			denied = denied || inside
		}
	}
	switch {
	case denied:
		return false
	case allowed:
		return true
	case denyAll:
		return false
	}
	return allowAll || !lists
}

// TestJudgeAgainstANaiveModel makes up filters over 16 addresses of each
// family and asks about all of them and one outside: the order of the lines
// does not matter, and a shadowed line can go unless it is the last one that allows.
func TestJudgeAgainstANaiveModel(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	universe := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	for i := range 16 {
		universe = append(universe, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), netip.MustParseAddr(fmt.Sprintf("fd00::%x", i)))
	}
	for range 3000 {
		var lines []string
		for range r.IntN(6) {
			what := "all"
			if r.IntN(5) > 0 {
				addr := universe[2+r.IntN(32)]
				what = netip.PrefixFrom(addr, addr.BitLen()-r.IntN(5)).String()
			}
			lines = append(lines, []string{"allow ", "deny "}[r.IntN(2)]+what)
		}
		if len(lines) == 0 {
			continue
		}
		text := strings.Join(lines, "\n")
		rules, any := rulesOf(text), false
		marked := MarkShadows(ReadIPLines(text))
		shuffled := append([]string(nil), lines...)
		r.Shuffle(len(lines), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		other := rulesOf(strings.Join(shuffled, "\n"))
		for _, addr := range universe {
			want := naive(text, addr)
			any = any || want
			v := rules.Judge(addr)
			if v.Allowed != want || other.Judge(addr).Allowed != want {
				t.Fatalf("%q of %s: %v, shuffled %v, want %v", text, addr, v.Allowed, other.Judge(addr).Allowed, want)
			}
			if v.Line > 0 && (lines[v.Line-1] != v.Rule || strings.HasPrefix(v.Rule, "allow") != v.Allowed) {
				t.Fatalf("%q of %s is decided by %d, %q", text, addr, v.Line, v.Rule)
			}
			for i, line := range marked {
				rest := append(append([]string(nil), lines[:i]...), lines[i+1:]...)
				if line.Shadow == "" || line.Allow && !strings.Contains(strings.Join(rest, "\n"), "allow") {
					continue // that a line allows something still counts
				}
				if rulesOf(strings.Join(rest, "\n")).Judge(addr).Allowed != want {
					t.Fatalf("%q: without line %d (%s) another answer for %s", text, line.Number, line.Shadow, addr)
				}
			}
		}
		if rules.NothingPasses() == any {
			t.Fatalf("%q: nothing passes: %v", text, !any)
		}
	}
}

// TestShadowsTellTheTruth makes up filters: a line that is said to be shadowed
// decides no address that passes, and where the sentence names a line, that one
// decides in its place, the way that the sentence says.
func TestShadowsTellTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var universe []netip.Addr
	for i := range 16 {
		universe = append(universe, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), netip.MustParseAddr(fmt.Sprintf("fd00::%x", i)))
	}
	said := regexp.MustCompile(`^Line (\d+) (already )?(allows|denies) (all of this|this|what is not denied of this)`)
	kinds := map[string]int{}
	for range 20000 {
		var text strings.Builder
		for range 1 + r.IntN(7) {
			what := "all"
			if r.IntN(6) > 0 {
				addr := universe[r.IntN(len(universe))]
				what = netip.PrefixFrom(addr, addr.BitLen()-r.IntN(5)).String()
			}
			fmt.Fprintf(&text, "%s %s\n", []string{"allow", "deny"}[r.IntN(2)], what)
		}
		lines := MarkShadows(ReadIPLines(text.String()))
		rules := NewIPRules(lines)
		for _, line := range lines {
			if line.Shadow == "" {
				continue
			}
			parts := said.FindStringSubmatch(line.Shadow)
			kinds[regexp.MustCompile(`\d+`).ReplaceAllString(line.Shadow, "N")]++
			for _, addr := range universe {
				v := rules.Judge(addr)
				if v.Line == line.Number && (line.Allow || line.Shadow != "No line allows any of this, so that it is refused anyway.") {
					t.Fatalf("%q: line %d (%s) decides about %s", text.String(), line.Number, line.Shadow, addr)
				}
				if parts == nil || line.All || !line.Prefix.Contains(addr) || strings.HasPrefix(parts[4], "what") && !v.Allowed {
					continue
				}
				if strconv.Itoa(v.Line) != parts[1] || v.Allowed != (parts[3] == "allows") {
					t.Fatalf("%q: line %d (%s), but %s is judged %+v", text.String(), line.Number, line.Shadow, addr, v)
				}
			}
		}
	}
	if len(kinds) < 8 {
		t.Errorf("only these were made up: %v", kinds)
	}
}

func FuzzIPFilter(f *testing.F) {
	for _, text := range []string{logscaleDenyFirst, logscaleDenyLast, "allow ::ffff:10.0.0.0/104 # x\r\ndeny fe80::1%e", "deny all\nallow 1.2.3.4/0"} {
		f.Add(text, "10.0.0.1")
	}
	f.Fuzz(func(t *testing.T, text, address string) {
		if len(text) > 500 {
			return
		}
		lines := MarkShadows(ReadIPLines(text))
		addr, _ := ParseAddr(address)
		rules := NewIPRules(lines)
		v := rules.Judge(addr)
		if v.Allowed && (!addr.IsValid() || rules.NothingPasses()) {
			t.Errorf("%q lets %q pass", text, address)
		}
		var again strings.Builder
		for _, line := range lines {
			if line.IsRule() {
				verb := map[bool]string{true: "allow ", false: "deny "}[line.Allow]
				again.WriteString(verb + line.What())
			}
			again.WriteString("\n")
		}
		if w := rulesOf(again.String()).Judge(addr); w.Allowed != v.Allowed || w.Line != v.Line {
			t.Errorf("%q says %+v of %q, and written again %+v", text, v, address, w)
		}
	})
}

// thousand is a filter of 1,000 lines of which none is about 203.0.113.9.
func thousand() *IPRules {
	var text strings.Builder
	for i := range IPFilterLineLimit / 2 {
		fmt.Fprintf(&text, "allow 10.%d.%d.0/24\ndeny 10.%d.%d.7\n", i/256, i%256, i/256, i%256)
	}
	return rulesOf(text.String())
}

func TestJudgeAllocatesNothing(t *testing.T) {
	rules, addr := thousand(), netip.MustParseAddr("203.0.113.9")
	if n := testing.AllocsPerRun(10, func() { rules.Judge(addr) }); n > 0 {
		t.Errorf("it allocates %v times", n)
	}
}

func BenchmarkJudgeOfAThousandLines(b *testing.B) {
	rules, addr := thousand(), netip.MustParseAddr("203.0.113.9")
	b.ReportAllocs()
	for b.Loop() {
		rules.Judge(addr)
	}
}
