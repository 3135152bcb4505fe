"""Pictures that the demo's parties hand in (all invented): bank slips and screenshots of a chat."""
