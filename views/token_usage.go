package views

import (
	"fmt"
	"strings"
	"time"

	"latchkey/internal/console"
)

// NeverUsed is how people say that a token was not used since it was made.
const NeverUsed = "never used"

// unusedChoices are the usual answers to for how long tokens were not used.
var unusedChoices = []string{Days(7), Days(30), Days(90), NeverUsed}

// reasonWords say in a sentence why a token was refused.
var reasonWords = map[console.Reason]string{
	console.ReasonExpired: "expired", console.ReasonNotYetValid: "not yet valid", console.ReasonDisabled: "disabled", console.ReasonRevoked: "revoked",
	console.ReasonIPRefused: "address refused by the IP filter", console.ReasonScopeMissing: "scope missing",
	console.ReasonRepositoryMissing: "another repository",
}

// usagePlot is how a token was used day by day, for the eye.
type usagePlot struct {
	days []console.DayUsage
	// most is the highest number of requests on one day, at least 1.
	most int
}

func (p TokenShowProps) plot() usagePlot {
	plot := usagePlot{days: p.Usage.Days(), most: 1}
	for _, day := range plot.days {
		plot.most = max(plot.most, day.Allowed, day.Refused)
	}
	return plot
}

// The plot's own measures: it is stretched to its place.
const (
	plotWidth  = 100.0
	plotHeight = 50.0
	// plotTop is room above the highest day for the line's width.
	plotTop = 2.0
	// plotMark is the least height of a mark, so that one refusal is seen.
	plotMark = 5.0
)

func (p usagePlot) x(i int) float64 { return plotWidth * float64(i) / float64(max(1, len(p.days)-1)) }

func (p usagePlot) y(n int) float64 {
	return plotHeight - (plotHeight-plotTop)*float64(n)/float64(p.most)
}

// line is the path of what was allowed.
func (p usagePlot) line() string {
	var path strings.Builder
	for i, day := range p.days {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&path, "%s%.4g %.4g", command, p.x(i), p.y(day.Allowed))
	}
	return path.String()
}

func (p usagePlot) area() string {
	return p.line() + fmt.Sprintf("L%g %gL0 %gZ", plotWidth, plotHeight, plotHeight)
}

// refusals is the path of a mark for each day with refusals, on the same scale
// where that can be seen.
func (p usagePlot) refusals() string {
	var path strings.Builder
	for i, day := range p.days {
		if day.Refused > 0 {
			fmt.Fprintf(&path, "M%.4g %gV%.4g", p.x(i), plotHeight, min(p.y(day.Refused), plotHeight-plotMark))
		}
	}
	return path.String()
}

// ticks are days along the axis, the first and the last among them.
func (p usagePlot) ticks() []string {
	var ticks []string
	for _, i := range []int{0, len(p.days) / 3, 2 * len(p.days) / 3, len(p.days) - 1} {
		ticks = append(ticks, utcDay(p.days[i].Day))
	}
	return ticks
}

// utcDay is a day without its year.
func utcDay(day console.Day) string { return day.Start().Format("2 Jan") }

// used are the days with a use, the latest first.
func (p usagePlot) used() []console.DayUsage {
	var days []console.DayUsage
	for i := len(p.days) - 1; i >= 0; i-- {
		if p.days[i].Allowed+p.days[i].Refused > 0 {
			days = append(days, p.days[i])
		}
	}
	return days
}

// finding says in words what the plot shows.
func (p TokenShowProps) finding() string {
	allowed, refused := p.Usage.Totals()
	span := "in the last " + Days(len(p.Usage.Days()))
	if allowed+refused == 0 {
		return "No requests " + span + "."
	}
	text := plural(allowed, "request", "requests") + " allowed " + span
	if busiest := p.busiest(); allowed > 0 {
		text += ", most on " + utcDay(busiest.Day) + " (" + Number(busiest.Allowed) + ")"
	}
	text += "."
	if refused == 0 {
		return text + " None refused."
	}
	var parts []string
	for _, count := range p.Usage.Refusals() {
		parts = append(parts, reasonWords[count.Reason]+" ("+Number(count.N)+")")
	}
	return text + " " + Number(refused) + " refused: " + strings.Join(parts, ", ") + "."
}

func (p TokenShowProps) busiest() console.DayUsage {
	var most console.DayUsage
	for _, day := range p.Usage.Days() {
		if day.Allowed > most.Allowed {
			most = day
		}
	}
	return most
}

// figures are how often the token was allowed and refused on the days shown.
func (p TokenShowProps) figures() (allowed, refused string) {
	a, r := p.Usage.Totals()
	return Number(a), Number(r)
}

// usageSpan names the days that are shown.
func (p TokenShowProps) usageSpan() string { return "Last " + Days(len(p.Usage.Days())) + ", UTC" }

// machineDay is a day for the datetime attribute.
func machineDay(day console.Day) string { return day.Start().Format(time.DateOnly) }
