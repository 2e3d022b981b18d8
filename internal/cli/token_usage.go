package cli

import (
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
)

// usageJSON is how a token was used, as JSON output has it.
type usageJSON struct {
	Address string `json:"address,omitempty"`
	Agent   string `json:"agent,omitempty"`
	// Days is over how many days Allowed and Refused are counted.
	Days    int                    `json:"days"`
	Allowed int                    `json:"allowed"`
	Refused map[console.Reason]int `json:"refused"`
	ByDay   []usageDayJSON         `json:"by_day"`
}

// usageDayJSON is one day in UTC with requests.
type usageDayJSON struct {
	Day     string `json:"day"`
	Allowed int    `json:"allowed"`
	Refused int    `json:"refused"`
}

func usageAsJSON(u console.Usage) usageJSON {
	allowed, _ := u.Totals()
	shown := usageJSON{
		Address: u.Address, Agent: u.Agent, Days: len(u.Days()), Allowed: allowed, Refused: map[console.Reason]int{}, ByDay: []usageDayJSON{},
	}
	for _, count := range u.Refusals() {
		shown.Refused[count.Reason] = count.N
	}
	for _, day := range u.Days() {
		if day.Allowed+day.Refused > 0 {
			shown.ByDay = append(shown.ByDay, usageDayJSON{day.Day.Start().Format(time.DateOnly), day.Allowed, day.Refused})
		}
	}
	return shown
}

// usageLines say how a token was used.
func usageLines(u console.Usage) [][2]string {
	last := instant(u.UsedAt, "never")
	if u.Address != "" {
		last += " from " + u.Address
	}
	if u.Agent != "" {
		last += " with " + strconv.Quote(u.Agent)
	}
	allowed, refused := u.Totals()
	counts := strconv.Itoa(allowed) + " allowed and " + strconv.Itoa(refused) + " refused in the last " + console.Count(len(u.Days()), "day")
	var reasons []string
	for _, count := range u.Refusals() {
		reasons = append(reasons, string(count.Reason)+" "+strconv.Itoa(count.N))
	}
	if len(reasons) > 0 {
		counts += ": " + strings.Join(reasons, ", ")
	}
	return [][2]string{{"Last used", last}, {"Requests", counts}}
}
