package views

import (
	"strconv"
	"time"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// OverviewProps is what an administrator looks at first.
type OverviewProps struct {
	console.Overview
	Reader Reader
	// Limited is whether the reader sees some tokens only.
	Limited   bool
	CanCreate bool
	CanAudit  bool
	// Refused says why the reader may not change some of the unused tokens.
	Refused map[console.GUID]string
	// Empty is why there is nothing to look at.
	Empty ListEmpty
}

// amountText is an amount for people.
func amountText(a console.Amount) string {
	if a.Beyond {
		return Number(a.N) + "+"
	}
	return Number(a.N)
}

// amountOf is an amount with its noun.
func amountOf(a console.Amount, one, many string) string {
	if a.Beyond {
		return amountText(a) + " " + many
	}
	return plural(a.N, one, many)
}

// overviewStat is a figure that leads to the tokens it counts.
type overviewStat struct {
	icon, tone, label, value, note, href string
}

func (p OverviewProps) stats() []overviewStat {
	status := func(s console.Status, tone, note string, order ...string) overviewStat {
		return overviewStat{
			icon: "st-" + string(s), tone: "i-" + tone, label: s.Label(), value: amountText(p.Statuses[s]), note: note,
			href: TokensThatPath(append([]string{"status", string(s)}, order...)...),
		}
	}
	start := "none waits to begin"
	if !p.NextStart.IsZero() {
		start = "next starts " + p.Reader.shortDate(p.NextStart)
	}
	return []overviewStat{
		status(console.StatusActive, "ok", "across "+plural(p.Repositories, "repository", "repositories")),
		{
			icon: "st-expiring", tone: "i-warn", label: "Expiring in " + Days(int(console.NoticeWindow/dayLength)), value: amountText(p.Expiring),
			note: amountText(p.Soon) + " of them within " + Days(int(console.OverviewSoon/dayLength)),
			href: TokensThatPath("status", string(console.FilterExpiring), "sort", string(console.SortExpires)),
		},
		status(console.StatusScheduled, "info", start, "sort", string(console.SortStarts)),
		status(console.StatusExpired, "mute", p.recently(p.Ended), "sort", string(console.SortExpires), "dir", "desc"),
		status(console.StatusRevoked, "bad", p.recently(p.Revoked)),
	}
}

const dayLength = 24 * time.Hour

// unusedAge is how old the list of unused tokens may be without saying so.
const unusedAge = time.Minute

func (p OverviewProps) recently(n int) string {
	if n < 0 {
		return "that you can see"
	}
	return Number(n) + " in the last " + Days(console.OverviewRecent)
}

// shortDate is a day of this or the next year, without its year.
func (r Reader) shortDate(t time.Time) string { return t.In(r.Zone).Format("2 Jan") }

// daysTo is how many days lie between now and t, rounded up.
func (r Reader) daysTo(t time.Time) int {
	return int((t.Sub(r.Now) + dayLength - 1) / dayLength)
}

// untilText is how long it is until t: in days, as the lanes are long, and less than
// a day as it is.
func (r Reader) untilText(t time.Time) string {
	if t.Sub(r.Now) < dayLength {
		return r.Relative(t)
	}
	return strconv.Itoa(r.daysTo(t)) + " d"
}

// laneClass is the colour of a token's time line.
func laneClass(days int) string {
	switch {
	case days <= 3:
		return "lane lane-bad"
	case days <= int(console.NoticeWindow/dayLength):
		return "lane lane-warn"
	}
	return "lane lane-ok"
}

// laneEnd is where a time line ends, within its width.
func laneEnd(days int) int { return min(max(days, 1), int(console.OverviewExpiry/dayLength)) }

// laneTicks are days along the axis of time lines.
func (p OverviewProps) laneTicks() []string {
	ticks := []string{"Today"}
	for _, days := range []int{30, 60, 90} {
		ticks = append(ticks, p.Reader.shortDate(p.Reader.Now.AddDate(0, 0, days)))
	}
	return ticks
}

// laterFinding says in words what the time lines show.
func (p OverviewProps) laterFinding() string {
	if p.Later.N == 0 {
		return "No active token ends within 90 days."
	}
	verb := " end"
	if p.Later.N == 1 && !p.Later.Beyond {
		verb = " ends"
	}
	return amountOf(p.Later, "active token", "active tokens") + verb + " within 90 days, " + amountText(p.Expiring) + " of them within 14."
}

func laterPath() string {
	return TokensThatPath("status", string(console.FilterActive), "expires", "90d", "sort", string(console.SortExpires))
}

func unusedPath() string {
	return TokensThatPath("status", string(console.FilterActive), "unused", "90d", "sort", string(console.SortCreated))
}

// overviewLook is something worth a look, which leads to the tokens.
type overviewLook struct {
	icon       string
	tone       ui.Tone
	text, note string
	href       string
}

func (p OverviewProps) looks() []overviewLook {
	var looks []overviewLook
	add := func(a console.Amount, look overviewLook, one, many string, filters ...string) {
		if a.N == 0 {
			return
		}
		look.text, look.href = amountOf(a, one, many), TokensThatPath(filters...)
		looks = append(looks, look)
	}
	active := string(console.FilterActive)
	add(p.Risky, overviewLook{icon: "hourglass", tone: ui.Warn, note: "They can do harm for as long as nobody revokes them"},
		"token with high-risk scopes never expires", "tokens with high-risk scopes never expire",
		"status", active, "trait", string(console.TraitEndless), "trait", string(console.TraitRisky))
	add(p.Orphaned, overviewLook{icon: "user-x", tone: ui.Bad, note: p.leavers()},
		"active token belongs to a disabled person", "active tokens belong to disabled people", "status", active, "trait", string(console.TraitOrphaned))
	add(p.Open, overviewLook{icon: "globe", tone: "accent", note: "No IP filter set"},
		"active token accepts any address", "active tokens accept any address", "status", active, "trait", string(console.TraitOpen))
	add(p.Statuses[console.StatusDisabled], overviewLook{icon: "circle-pause", note: "Enable what is still needed, and revoke the rest"},
		"token is disabled", "tokens are disabled", "status", string(console.StatusDisabled))
	return looks
}

// leavers names some of the people who are disabled and own tokens.
func (p OverviewProps) leavers() string {
	names := make([]string, len(p.Leavers))
	for i, person := range p.Leavers {
		names[i] = person.Name
	}
	return "Owned by " + Listing(names)
}

// unusedSince is for how long a token was not used.
func (p OverviewProps) unusedSince(t console.Token) string {
	if t.UsedAt.IsZero() {
		return "Never used"
	}
	return Days(int(p.Reader.Now.Sub(t.UsedAt) / dayLength))
}
