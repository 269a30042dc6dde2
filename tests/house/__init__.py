"""What the house promises about itself: settings, set-up, rules and documents."""
