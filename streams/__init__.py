"""The pipeline: four stages of pure rules, and the runtime that runs them as Faust agents."""
