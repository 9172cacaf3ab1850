"""Operations: twelve pictures of the workload and the service levels, and the cases behind them."""
