/** Entry point. @module */
