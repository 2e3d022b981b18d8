package web

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestTokenQueryComesBackFromItsAddress(t *testing.T) {
	guid := console.NewGUID()
	for _, q := range []tokenQuery{
		{},
		{name: "grafana read", guid: "{AB 12}"},
		{scopes: []string{"ReadAccess", "DeleteEvents"}, types: []console.Type{console.TypeSystem, console.TypeRepository}},
		{status: console.FilterExpiring, repository: "web-logs", ipFilter: "Büro & co", owner: guid, creator: guid, expiresDays: 45},
		{neverUsed: true},
		{unusedDays: 30},
		{createdFrom: "2026-01-31", createdTo: "2026-02-01"},
		{sort: console.TokenSort{Key: console.SortIsActive, Descending: true}},
		{sort: console.TokenSort{Key: console.SortIsActive}},
		{sort: console.TokenSort{Key: console.SortCreated, Descending: true}, page: console.PageRequest{Size: 100, Cursor: "abc"}},
		{page: console.PageRequest{Size: 25, Last: true}},
		{name: `a&b=c "d" <e> %25 +f`, guid: "ü"},
	} {
		for _, usual := range []console.StatusFilter{console.FilterAll, console.FilterCurrent} {
			q.usual = usual
			if q.status == "" {
				q.status = usual
			}
			if q.sort.Key == "" {
				q.sort.Key = console.SortName
			}
			address, err := url.Parse(q.on("/tokens"))
			if err != nil {
				t.Fatal(err)
			}
			if got := readTokenQuery(address.Query(), usual); !reflect.DeepEqual(got, q) {
				t.Errorf("%s reads as\n%+v, want\n%+v", address, got, q)
			}
			q.status = ""
		}
	}
}

func TestTokenQueryIgnoresWhatItDoesNotKnow(t *testing.T) {
	junk := "q=+&guid=%00&scope=NoSuch&scope=ReadAccess&scope=ReadAccess&status=sleepy&type=robot&owner=me&creator=%ff" +
		"&expires=99999999d&created_from=yesterday&created_to=2026-02-30&sort=secret_hash&dir=up&limit=1000000&page=7&colour=red"
	values, err := url.ParseQuery(junk)
	if err != nil {
		t.Fatal(err)
	}
	q := readTokenQuery(values, console.FilterCurrent)
	want := tokenQuery{
		guid: "\x00", scopes: []string{"NoSuch", "ReadAccess"}, // the catalogue tells which there are
		status: console.FilterCurrent, usual: console.FilterCurrent,
		sort: console.TokenSort{Key: console.SortName},
	}
	if !reflect.DeepEqual(q, want) {
		t.Errorf("read %+v, want %+v", q, want)
	}
	long := readTokenQuery(url.Values{"q": {strings.Repeat("ä", 9999)}, "cursor": {strings.Repeat("x", 9999)}}, console.FilterAll)
	if len([]rune(long.name)) != searchLimit || long.page.Cursor != "" {
		t.Errorf("a long search keeps %d characters, a long cursor %d", len(long.name), len(long.page.Cursor))
	}
}

func TestDaysAreThoseOfTheReader(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	f := tokenQuery{createdFrom: "2026-11-01", createdTo: "2026-11-01"}.filter("", "", zone)
	if from, to := f.CreatedFrom.UTC(), f.CreatedTo.UTC(); !from.Equal(time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)) ||
		!to.Equal(time.Date(2026, 11, 2, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("the day with 25 hours lasts from %s to %s", from, to)
	}
}

func FuzzTokenQuery(f *testing.F) {
	f.Add("q=a&scope=ReadAccess&sort=active&dir=asc&cursor=x&limit=25")
	f.Add("created_from=2026-01-01&expires=7d&type=system&page=last")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q := readTokenQuery(values, console.FilterAll)
		again := readTokenQuery(q.values(), console.FilterAll)
		if !reflect.DeepEqual(q, again) {
			t.Errorf("%q reads as %+v and, written again, as %+v", text, q, again)
		}
		q.filter("", "", time.UTC)
	})
}

func TestWallTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, want, problem string }{
		{"", "", ""},
		{"2026-07-01T12:00", "2026-07-01T10:00:00Z", ""},
		{"2026-07-01T12:00:30", "2026-07-01T10:00:30Z", ""},
		{"2026-01-01T12:00", "2026-01-01T11:00:00Z", ""},
		{"2026-03-29T01:59", "2026-03-29T00:59:00Z", ""},
		{"2026-03-29T02:00", "", "The clocks skip that time on that day. Choose another."},
		{"2026-03-29T02:59", "", "The clocks skip that time on that day. Choose another."},
		{"2026-03-29T03:00", "2026-03-29T01:00:00Z", ""},
		{"2026-10-25T02:30", "2026-10-25T00:30:00Z", ""}, // occurs twice: the first
		{"2026-10-25T03:00", "2026-10-25T02:00:00Z", ""},
		{"tomorrow", "", "Enter the whole date and time."},
		{"2026-13-01T00:00", "", "Enter the whole date and time."},
	} {
		at, problem := wallTime(test.text, berlin)
		got := ""
		if !at.IsZero() {
			got = at.Format(time.RFC3339)
		}
		if got != test.want || problem != test.problem {
			t.Errorf("%q is %s %q, want %s %q", test.text, got, problem, test.want, test.problem)
		}
	}
}

func TestHowLongUnusedIsTyped(t *testing.T) {
	for text, want := range map[string]string{
		"never": "never", "Never used": "never", "30d": "30d", "30": "30d", " 45 days ": "45d", "1 day": "1d", "7 Days": "7d", "3650": "3650d",
		"": "", "0": "", "-3": "", "3651": "", "days": "", "3 weeks": "", "1e3": "", "soon": "", "99999999999999999999": "",
	} {
		var q tokenQuery
		if q.neverUsed, q.unusedDays = readUnused(text); q.unused() != want {
			t.Errorf("%q reads as %q, want %q", text, q.unused(), want)
		}
		if never, days := readUnused(q.unusedText()); never != q.neverUsed || days != q.unusedDays {
			t.Errorf("what the form shows for %q reads as something else", text)
		}
	}
}
