"""The web app in which volunteers mark the joints of drawings: queue, marking, review, intake and export."""
