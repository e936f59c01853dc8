package main

import (
	"fmt"
	"slices"
	"time"
)

type measured struct {
	name string
	work func() error
}

// compare times many calls at once, the cases in turns: whatever else the machine does disturbs all alike.
func compare(title string, rounds, times int, cases []measured) {
	took := make([][]time.Duration, len(cases))
	for round := range rounds + 1 {
		for i, one := range cases {
			begun := time.Now()
			for range times {
				must(one.work())
			}
			// The first round warms up.
			if round > 0 {
				took[i] = append(took[i], time.Since(begun)/time.Duration(times))
			}
		}
	}
	fmt.Printf("\n%s (%d rounds of %d)\n  %-46s %10s %10s   ratio: min median\n", title, rounds, times, "", "min", "median")
	for i := range took {
		slices.Sort(took[i])
		low, middle := took[i][0], took[i][rounds/2]
		fmt.Printf("  %-46s %10s %10s %9.2f %9.2f\n", cases[i].name, shown(low), shown(middle),
			float64(low)/float64(took[0][0]), float64(middle)/float64(took[0][rounds/2]))
	}
}

func shown(took time.Duration) string {
	switch {
	case took < time.Microsecond:
		return fmt.Sprintf("%d ns", took.Nanoseconds())
	case took < time.Millisecond:
		return fmt.Sprintf("%.2f us", float64(took.Nanoseconds())/1e3)
	}
	return fmt.Sprintf("%.2f ms", float64(took.Nanoseconds())/1e6)
}
