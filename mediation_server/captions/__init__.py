"""Live captions (机器字幕): a machine writes down what is said, in a process of its own; decides and keeps nothing."""
