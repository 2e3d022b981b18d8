package graph

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// statusPatience is how long a probe waits for the database.
const statusPatience = time.Second

// ready reports whether requests that need the database will find it.
func (g *graph) ready(c echo.Context) bool {
	ctx, cancel := context.WithTimeout(c.Request().Context(), statusPatience)
	defer cancel()
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return g.svc.Ready(ctx) == nil
}

// status answers GET /api/v1/status, which clients ask for the version.
func (g *graph) status(c echo.Context) error {
	status, text := http.StatusOK, "OK"
	if !g.ready(c) {
		status, text = http.StatusServiceUnavailable, "DOWN"
		c.Response().Header().Set(echo.HeaderRetryAfter, "2")
	}
	return c.JSON(status, struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}{text, g.version})
}

// A check is one thing that was looked at.
type check struct {
	Name          string `json:"name"`
	Status        string `json:"status"`
	StatusMessage string `json:"statusMessage"`
}

// health answers GET /api/v1/health-json. What is wrong in particular is for the
// log: anybody may ask.
func (g *graph) health(c echo.Context) error {
	database := check{Name: "database", Status: "OK", StatusMessage: "The database answers."}
	health := struct {
		Status        string  `json:"status"`
		StatusMessage string  `json:"statusMessage"`
		Uptime        string  `json:"uptime"`
		Version       string  `json:"version"`
		OKs           []check `json:"oks"`
		Warnings      []check `json:"warnings"`
		Down          []check `json:"down"`
	}{
		Status: "OK", StatusMessage: "All is well.", Uptime: g.svc.Clock().Sub(g.began).Truncate(time.Second).String(), Version: g.version,
		OKs: []check{}, Warnings: []check{}, Down: []check{},
	}
	status := http.StatusOK
	if g.ready(c) {
		health.OKs = append(health.OKs, database)
	} else {
		database.Status, database.StatusMessage = "DOWN", "The database does not answer, or its clock and ours differ."
		health.Status, health.StatusMessage, health.Down = "DOWN", database.StatusMessage, append(health.Down, database)
		status = http.StatusServiceUnavailable
		c.Response().Header().Set(echo.HeaderRetryAfter, "2")
	}
	return c.JSON(status, health)
}
