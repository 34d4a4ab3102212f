// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lecito/lecito/internal/problem"
)

// metrics count calls by route and status: a closed set of labels, none of
// which is a person, a key or an organisation.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		registry: registry,
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lecito_http_requests_total", Help: "Calls answered, by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lecito_http_request_seconds", Help: "How long calls took, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 30, 300},
		}, []string{"route"}),
	}
	registry.MustRegister(m.calls, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts and logs a call that is over.
func (s *Server) observe(w *response, c *call) {
	route := cmp.Or(c.route, "none")
	took := s.config.Clock.Now().Sub(c.began)
	w.begin(http.StatusOK) // where nothing was said, net/http says it now
	status := w.status
	s.metrics.calls.WithLabelValues(route, strconv.Itoa(status)).Inc()
	s.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
	if c.quiet && status < http.StatusBadRequest {
		return
	}
	s.config.Log.Info("request", slog.String("reference", c.id), slog.String("route", route), slog.Int("status", status),
		slog.Int64("ms", took.Milliseconds()), slog.String("org", c.actor.Org), slog.String("by", c.who()))
}

// who is the pseudonym of the caller, "" for nobody.
func (c *call) who() string {
	if c.actor.Kind == "" {
		return ""
	}
	return c.actor.By()
}

// own are the routes of the server itself.
func (s *Server) own() []Route {
	handler := promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})
	return []Route{
		{Pattern: "GET /healthz", Public: true, Quiet: true, Do: func(w http.ResponseWriter, _ *http.Request) error {
			return plain(w, "alive\n")
		}},
		{Pattern: "GET /readyz", Public: true, Quiet: true, Do: func(w http.ResponseWriter, r *http.Request) error {
			if _, err := s.config.Organisations(r.Context()); err != nil {
				return problem.New(problem.Unavailable, "store_not_ready", "The store does not answer.").Because(err)
			}
			return plain(w, "ready\n")
		}},
		{Pattern: "GET /metrics", Public: true, Quiet: true, Do: func(w http.ResponseWriter, r *http.Request) error {
			handler.ServeHTTP(w, r)
			return nil
		}},
	}
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(text))
	return err
}
