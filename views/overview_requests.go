package views

import (
	"fmt"

	"latchkey/internal/console"
)

// requestsPlot is how often tokens were used, day by day, for the eye.
type requestsPlot struct {
	*console.Requests
	// step is the distance of the lines behind the bars, in requests.
	step int
}

// The plot's own measures: it is stretched to its place.
const (
	requestsHeight = 144.0
	requestsLines  = 3
	requestsSlot   = 20.0
	requestsBar    = 12.0
	// requestsGap is between the parts of a bar.
	requestsGap = 0.8
)

func (p OverviewProps) requests() requestsPlot {
	plot := requestsPlot{Requests: p.Requests, step: 1}
	most := 0
	for _, total := range p.Requests.Totals() {
		most = max(most, total)
	}
	// The first step of the usual kind with which the highest bar has room.
	for size := 1; plot.step*requestsLines < most; size *= 10 {
		for _, tenths := range []int{10, 15, 20, 25, 30, 40, 50, 60, 80} {
			if step := size * tenths / 10; step*10 == size*tenths && step*requestsLines >= most {
				plot.step = step
				break
			}
		}
	}
	return plot
}

func (p requestsPlot) total() int {
	total := 0
	for _, series := range p.Series {
		total += series.Total
	}
	return total
}

// unit is in what the axis counts.
func (p requestsPlot) unit() (size int, name string) {
	switch {
	case p.step >= 1_000_000:
		return 1_000_000, "millions a day"
	case p.step >= 1000:
		return 1000, "thousands a day"
	}
	return 1, "requests a day"
}

// span says what the plot is of.
func (p requestsPlot) span() string {
	_, name := p.unit()
	return "Last " + Days(len(p.Totals())) + ", " + name
}

// scale are the numbers beside the lines, from the top.
func (p requestsPlot) scale() []string {
	size, _ := p.unit()
	var numbers []string
	for line := requestsLines; line >= 0; line-- {
		numbers = append(numbers, Number(p.step*line/size))
	}
	return numbers
}

// requestsPart is a part of a bar.
type requestsPart struct{ class, x, y, width, height string }

func (p requestsPlot) bars() []requestsPart {
	var parts []requestsPart
	number := func(n float64) string { return fmt.Sprintf("%.4g", n) }
	for day := range p.Totals() {
		bottom := requestsHeight - 0.8
		for i := range p.Series {
			height := (requestsHeight - 1) * float64(p.Series[i].Days[day]) / float64(p.step*requestsLines)
			if height == 0 {
				continue
			}
			shown := max(height-requestsGap, 0.4)
			parts = append(parts, requestsPart{
				class: p.class("b", i), x: number(requestsSlot*float64(day) + (requestsSlot-requestsBar)/2), y: number(bottom - shown),
				width: number(requestsBar), height: number(shown),
			})
			bottom -= height
		}
	}
	return parts
}

// class is the colour of a series; the last is for all others.
func (p requestsPlot) class(prefix string, i int) string {
	if p.Series[i].Repository.Name == "" {
		i = console.RequestSeriesLimit
	}
	return fmt.Sprint(prefix, i+1)
}

// label is the name of a series.
func (p requestsPlot) label(i int) string {
	if name := p.Series[i].Repository.Name; name != "" {
		return name
	}
	return "Other"
}

// ticks are days along the axis.
func (p requestsPlot) ticks() []string {
	last := p.Today - p.Since
	var ticks []string
	for _, day := range []console.Day{0, last / 3, 2 * last / 3, last} {
		ticks = append(ticks, utcDay(p.Since+day))
	}
	return ticks
}

// finding says in words what the plot shows.
func (p requestsPlot) finding() string {
	total, span := p.total(), " in the last "+Days(len(p.Totals()))
	if total == 0 {
		return "No requests" + span + "."
	}
	busiest, most := 0, 0
	for day, n := range p.Totals() {
		if n > most {
			busiest, most = day, n
		}
	}
	text := plural(total, "request", "requests") + span + ", most on " + utcDay(p.Since+console.Day(busiest)) + " (" + Number(most) + ")"
	if first := p.Series[0]; first.Repository.Name != "" {
		text += fmt.Sprintf("; %s has %d percent of them", first.Repository.Name, 100*first.Total/total)
	}
	return text + "."
}
